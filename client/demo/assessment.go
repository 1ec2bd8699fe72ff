package demo

import (
	"bytes"
	"context"
	"encoding/csv"
	"io/fs"
	"strconv"

	"github.com/meritindex/merit/client"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring/answers"
)

func (y *year) start(ctx context.Context) (string, error) {
	started, err := y.people["operator"].Assessments.StartAssessment(ctx, &meritv1.StartAssessmentRequest{CycleId: y.cycleID})
	y.result.AssessmentID = started.GetAssessment().GetId()
	return started.GetAssessment().GetAgencyName(), err
}

// rows reads one of the demo's answer files.
func rows(name string) ([]answers.Row, error) {
	data, err := files.ReadFile("data/" + name)
	if err != nil {
		return nil, err
	}
	return answers.Parse(name, data)
}

// level is the answer of a row: the demo's instrument has levels only.
func level(row answers.Row) (*meritv1.Answer, error) {
	n, err := strconv.ParseInt(row.Level, 10, 32)
	return &meritv1.Answer{Value: &meritv1.Answer_Level{Level: int32(n)}}, err
}

// answer saves the claims one by one, as a person in front of the questionnaire does.
func (y *year) answer(ctx context.Context) (string, error) {
	claims, err := rows("claims.csv")
	if err != nil {
		return "", err
	}
	var score *meritv1.Score
	for _, row := range claims {
		claim, err := level(row)
		if err != nil {
			return row.Item, err
		}
		saved, err := y.people["operator"].Assessments.SaveAnswer(ctx, &meritv1.SaveAnswerRequest{
			AssessmentId: y.result.AssessmentID, Item: row.Item, Answer: claim, Note: row.Note,
		})
		if err != nil {
			return row.Item, err
		}
		score = saved.GetScore()
	}
	return y.sayf("claimed %s, %s ¦ klaim %s, %s", score.GetTotal(), score.GetCategoryName()), nil
}

// upload sends every sample file.
func (y *year) upload(ctx context.Context) (string, error) {
	y.evidence = map[string]string{}
	entries, err := fs.ReadDir(files, "data/evidence")
	if err != nil {
		return "", err
	}
	for _, entry := range entries {
		data, err := files.ReadFile("data/evidence/" + entry.Name())
		if err != nil {
			return entry.Name(), err
		}
		evidence, err := y.people["operator"].send(ctx, entry.Name(), data)
		if err != nil {
			return entry.Name(), err
		}
		y.evidence[entry.Name()] = evidence.GetId()
	}
	return y.sayf("%d files ¦ %d berkas", len(entries)), nil
}

// send uploads a file and makes it evidence.
func (p *person) send(ctx context.Context, name string, data []byte) (*meritv1.Evidence, error) {
	uploaded, err := p.Upload(ctx, bytes.NewReader(data), int64(len(data)), client.UploadOptions{Name: name})
	if err != nil {
		return nil, err
	}
	finished, err := p.Evidence.FinishUpload(ctx, &meritv1.FinishUploadRequest{
		UploadId: uploaded.GetId(), Title: "Contoh: " + name, EffectiveDate: "2020-12-31",
	})
	return finished.GetEvidence(), err
}

// cite ties each item to a page of the evidence.
func (y *year) cite(ctx context.Context) (string, error) {
	data, err := files.ReadFile("data/citations.csv")
	if err != nil {
		return "", err
	}
	lines, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		return "", err
	}
	for _, line := range lines[1:] {
		_, err := y.people["operator"].Evidence.Cite(ctx, &meritv1.CiteRequest{
			AssessmentId: y.result.AssessmentID, Items: []string{line[0]}, EvidenceId: y.evidence[line[1]], Page: line[2], Quote: line[3],
		})
		if err != nil {
			return line[0], err
		}
	}
	return y.sayf("%d citations ¦ %d kutipan", len(lines)-1), nil
}

// submit checks that nothing is missing, then signs.
func (y *year) submit(ctx context.Context) (string, error) {
	approver := y.people["approver"].Assessments
	current, err := approver.GetAssessment(ctx, &meritv1.GetAssessmentRequest{AssessmentId: y.result.AssessmentID})
	if err != nil {
		return "", err
	}
	submitted, err := approver.Submit(ctx, &meritv1.SubmitRequest{
		AssessmentId: y.result.AssessmentID, Revision: current.GetAssessment().GetRevision(), LetterNumber: "DEMO/PM/2021",
	})
	return state(submitted.GetAssessment()), err
}

func state(a *meritv1.Assessment) string {
	return a.GetState().String()[len("ASSESSMENT_STATE_"):]
}
