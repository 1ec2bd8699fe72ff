package server_test

import (
	"errors"
	"io"
	"slices"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/meritindex/merit/client"
	"github.com/meritindex/merit/client/proof"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

func mustReceipt(tb testing.TB, p *servertest.Person, req *meritv1.GetReceiptRequest) *meritv1.Receipt {
	tb.Helper()
	return servertest.Must(meritv1.NewAuditServiceClient(p).GetReceipt(tb.Context(), req))(tb).GetReceipt()
}

// mustProve verifies a receipt as a stranger would: from its JSON, with nothing but a published key.
func mustProve(tb testing.TB, r *meritv1.Receipt, trusted string) *proof.Proven {
	tb.Helper()
	file := servertest.Must(protojson.Marshal(r))(tb)
	read := servertest.Must(proof.ReadReceipt(file))(tb)
	return servertest.Must(proof.VerifyReceipt(read, trusted))(tb)
}

// column is what the receipt's rows of a table have in a column.
func column(p *proof.Proven, table, name string) (values []string) {
	for _, e := range p.Entries {
		for _, r := range e.Recorded {
			if r.Table == table {
				values = append(values, r.Columns[name])
			}
		}
	}
	return values
}

func TestAReceiptProvesWhatItsReaderMaySee(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		keys := MustKeys(t)
		sequencer := MustSequence(t, y.Server, keys)
		d := MustStart(t, y, store.Agency{})
		file := MustAdd(t, d.operator, "surat.pdf", pdf("surat"))
		servertest.Must(evidence(d.operator).Cite(t.Context(), &meritv1.CiteRequest{AssessmentId: d.id, EvidenceId: file.GetId(), Items: []string{"1.1"}}))(t)
		d.MustSubmit(t)

		of := &meritv1.GetReceiptRequest{AssessmentId: d.id}
		early := mustReceipt(t, d.operator, of)
		if early.GetCheckpoint() != nil || !early.GetSubmission().GetNotYetLogged() {
			t.Errorf("before the first checkpoint: %v", early)
		}
		if p := mustProve(t, early, ""); p.Entries[0].Position != -1 {
			t.Errorf("position %d of an entry that is not logged yet", p.Entries[0].Position)
		}
		servertest.Must(sequencer.Number(t.Context()))(t)
		submitted := mustProve(t, mustReceipt(t, d.operator, of), keys.Current.Verifier)
		if got := column(submitted, "evidence", "sha256"); !slices.Equal(got, []string{file.GetSha256()}) {
			t.Errorf("evidence %v, want %s", got, file.GetSha256())
		}
		if got := column(submitted, "assessment", "state"); !slices.Equal(got, []string{"SUBMITTED"}) {
			t.Errorf("the state submitted is %v", got)
		}
		_, err := meritv1.NewAuditServiceClient(y.Anyone()).GetReceipt(t.Context(), of)
		servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_FOUND)
		_, err = meritv1.NewAuditServiceClient(y.Anyone()).GetReceipt(t.Context(), &meritv1.GetReceiptRequest{})
		servertest.WantReason(t, err, meritv1.Reason_REASON_INVALID_REQUEST)
	})
}

func TestAReceiptOfAResultTellsThePublicWhatIsPublic(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		keys := MustKeys(t)
		c := y.MustVerified(t, store.Agency{}, yeartest.All(3), yeartest.Levels{"1.1": 1})
		session := y.MustOpenSession(t, c)
		y.MustAdopt(t, session, c)
		y.MustClose(t, session, "1/2021")
		servertest.Must(MustSequence(t, y.Server, keys).Number(t.Context()))(t)
		result := servertest.Must(meritv1.NewResultServiceClient(y.Anyone()).GetResult(t.Context(), &meritv1.GetResultRequest{AgencyId: c.AgencyID}))(t).GetResult()
		of := &meritv1.GetReceiptRequest{ResultId: result.GetId()}

		public := mustReceipt(t, y.Anyone(), of)
		proven := mustProve(t, public, keys.Current.Verifier)
		if len(proven.Entries) != 1 || public.GetSubmission() != nil || public.GetEvidence() != nil {
			t.Errorf("the public reads %v", public)
		}
		if got := column(proven, "result", "decree_number"); !slices.Equal(got, []string{"1/2021"}) {
			t.Errorf("decree %v", got)
		}
		if got := column(proven, "decision", "level"); got != nil {
			t.Errorf("the public reads decisions: %v", got)
		}
		own := mustProve(t, mustReceipt(t, c.Operator, of), keys.Current.Verifier)
		if got := column(own, "decision", "stage"); len(got) == 0 || slices.ContainsFunc(got, func(s string) bool { return s != "DETERMINED" }) {
			t.Errorf("the agency reads decisions of %v", got)
		}
		other := y.MustAccount(t, meritv1.Role_ROLE_OPERATOR, y.MustAgency(t, store.Agency{}))
		if got := mustReceipt(t, other, of); len(got.GetDetermination()) != 1 {
			t.Errorf("another agency reads %v", got)
		}
		wantForgeriesRefused(t, public, keys.Current.Verifier)
	})
}

// wantForgeriesRefused alters a receipt in every way and wants each refused.
func wantForgeriesRefused(t *testing.T, genuine *meritv1.Receipt, trusted string) {
	t.Helper()
	for name, forge := range map[string]struct {
		alter func(*meritv1.Receipt)
		want  error
	}{
		"a row":                {func(r *meritv1.Receipt) { r.Determination[0].Rows[0].Canonical[40]++ }, proof.ErrReceipt},
		"a leaf":               {func(r *meritv1.Receipt) { r.Determination[0].Leaf[60]++ }, proof.ErrInclusion},
		"a position":           {func(r *meritv1.Receipt) { r.Determination[0].Proof.Position-- }, proof.ErrInclusion},
		"the result":           {func(r *meritv1.Receipt) { r.ResultId = missing }, proof.ErrReceipt},
		"the agency":           {func(r *meritv1.Receipt) { r.AgencyId = missing }, proof.ErrReceipt},
		"the checkpoint":       {func(r *meritv1.Receipt) { r.Checkpoint.Note[len(origin)+1]++ }, proof.ErrSignature},
		"the name of the log":  {func(r *meritv1.Receipt) { r.Checkpoint.Note[0]++ }, proof.ErrCheckpoint},
		"the keys":             {func(r *meritv1.Receipt) { r.Checkpoint.Keys = nil }, proof.ErrKeys},
		"a key":                {func(r *meritv1.Receipt) { r.Checkpoint.Keys[0][40]++ }, proof.ErrKeys},
		"the log, all of it":   {func(r *meritv1.Receipt) { r.Checkpoint = nil }, proof.ErrInclusion},
		"determined as handed": {func(r *meritv1.Receipt) { r.Submission = r.Determination[0] }, proof.ErrReceipt},
	} {
		forged := proto.CloneOf(genuine)
		forge.alter(forged)
		if _, err := proof.VerifyReceipt(forged, trusted); !errors.Is(err, forge.want) {
			t.Errorf("%s altered: %v, want %v", name, err, forge.want)
		}
	}
	if _, err := proof.VerifyReceipt(genuine, MustKeys(t).Current.Verifier); !errors.Is(err, proof.ErrUntrusted) {
		t.Errorf("with the key of another log: %v", err)
	}
}

func TestProofsLeadFromAnEntryAndAnOlderCheckpointToTheNewest(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		keys := MustKeys(t)
		q := MustSequence(t, s, keys)
		auditor := s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, "")
		client := meritv1.NewAuditServiceClient(auditor)
		MustDo(t, s, 5)
		entry := MustList(t, auditor, &meritv1.ListEntriesRequest{})[0]
		_, err := client.GetInclusionProof(t.Context(), &meritv1.GetInclusionProofRequest{EntryId: entry.GetId()})
		servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_YET_LOGGED)
		servertest.Must(q.Number(t.Context()))(t)
		older := mustCheckpoint(t, s)
		MustDo(t, s, 9)
		servertest.Must(q.Number(t.Context()))(t)

		known := servertest.Must(proof.ReadKeys(older.GetKeys(), keys.Current.Verifier))(t)
		kept := servertest.Must(known.Open(older.GetNote()))(t)
		grown := servertest.Must(client.GetConsistencyProof(t.Context(), &meritv1.GetConsistencyProofRequest{FromSize: kept.Size}))(t)
		newest := servertest.Must(known.Open(grown.GetCheckpoint().GetNote()))(t)
		if err := newest.Consistency(kept, grown.GetHashes()); err != nil || newest.Size != kept.Size+9 {
			t.Errorf("from %d to %d: %v", kept.Size, newest.Size, err)
		}
		kept.Root[3]++
		if err := newest.Consistency(kept, grown.GetHashes()); !errors.Is(err, proof.ErrConsistency) {
			t.Errorf("from another log: %v", err)
		}
		in := servertest.Must(client.GetInclusionProof(t.Context(), &meritv1.GetInclusionProofRequest{EntryId: entry.GetId()}))(t)
		if err := newest.Inclusion(in.GetLeaf(), in.GetProof().GetPosition(), in.GetProof().GetHashes()); err != nil {
			t.Error(err)
		}
		if err := newest.Inclusion(in.GetLeaf(), in.GetProof().GetPosition()+1, in.GetProof().GetHashes()); !errors.Is(err, proof.ErrInclusion) {
			t.Errorf("at another position: %v", err)
		}
		_, err = client.GetConsistencyProof(t.Context(), &meritv1.GetConsistencyProofRequest{FromSize: newest.Size + 1})
		servertest.WantReason(t, err, meritv1.Reason_REASON_INVALID_REQUEST)
	})
}

// TestAReceiptIsHeldAgainstACheckpointThatWasKept: a receipt may carry what leads from an older checkpoint to its own.
func TestAReceiptIsHeldAgainstACheckpointThatWasKept(t *testing.T) {
	s := servertest.New(t)
	keys := MustKeys(t)
	q := MustSequence(t, s, keys)
	MustDo(t, s, 5)
	servertest.Must(q.Number(t.Context()))(t)
	older := mustCheckpoint(t, s)
	MustDo(t, s, 9)
	servertest.Must(q.Number(t.Context()))(t)
	grown := servertest.Must(meritv1.NewAuditServiceClient(s.Anyone()).GetConsistencyProof(t.Context(), &meritv1.GetConsistencyProofRequest{FromSize: older.GetSize()}))(t)
	receipt := &meritv1.Receipt{
		Checkpoint: grown.GetCheckpoint(), Continues: []*meritv1.Continuation{{Note: older.GetNote(), Hashes: grown.GetHashes()}},
	}
	kept := servertest.Must(servertest.Must(proof.ReadKeys(older.GetKeys(), ""))(t).Open(older.GetNote()))(t)

	proven := mustProve(t, receipt, keys.Current.Verifier)
	if err := proven.Continues(kept); err != nil {
		t.Error(err)
	}
	other := kept
	other.Root[3]++
	if err := proven.Continues(other); !errors.Is(err, proof.ErrConsistency) {
		t.Errorf("a checkpoint of the same size and another log: %v", err)
	}
	other.Size--
	if err := proven.Continues(other); !errors.Is(err, proof.ErrNotCompared) {
		t.Errorf("a checkpoint of another size: %v", err)
	}
	for name, forge := range map[string]func(*meritv1.Continuation){
		"a hash of the proof":  func(c *meritv1.Continuation) { c.Hashes[0][7]++ },
		"no proof":             func(c *meritv1.Continuation) { c.Hashes = nil },
		"the older checkpoint": func(c *meritv1.Continuation) { c.Note[len(origin)+1]++ },
	} {
		forged := proto.CloneOf(receipt)
		forge(forged.Continues[0])
		if _, err := proof.VerifyReceipt(forged, ""); err == nil {
			t.Errorf("%s altered, and nobody notices", name)
		}
	}
}

func TestAReceiptComesInPartsAsInOne(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		c, result := y.MustDetermined(t, store.Agency{}, yeartest.All(3))
		servertest.Must(MustSequence(t, y.Server, MustKeys(t)).Number(t.Context()))(t)
		of := &meritv1.GetReceiptRequest{ResultId: result.GetId(), Whole: true}
		stream := servertest.Must(meritv1.NewAuditServiceClient(c.Operator).StreamReceipt(t.Context(),
			&meritv1.StreamReceiptRequest{Receipt: of, PartSize: 8 << 10}, grpc.MaxCallRecvMsgSize(64<<10)))(t)
		var joined *meritv1.Receipt
		parts := 0
		for ; ; parts++ {
			answer, err := stream.Recv()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			joined = client.JoinReceipt(joined, answer.GetPart())
		}
		if whole := mustReceipt(t, c.Operator, of); parts < 3 || !proto.Equal(joined, whole) {
			t.Errorf("%d parts make %v, want %v", parts, joined, whole)
		}
		stream = servertest.Must(meritv1.NewAuditServiceClient(y.Anyone()).StreamReceipt(t.Context(),
			&meritv1.StreamReceiptRequest{Receipt: &meritv1.GetReceiptRequest{AssessmentId: c.AssessmentID}}))(t)
		_, err := stream.Recv()
		servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_FOUND)
	})
}
