package proof_test

import (
	"slices"
	"testing"

	"github.com/meritindex/merit/client/proof"
)

// What proves something under the key of the kept package proves what stands in that log, however it was put together.
func FuzzReceipt(f *testing.F) {
	whole, verifier := mustKept(f)
	files := mustUnzip(f, whole)
	genuine := files[slices.IndexFunc(files, func(f file) bool { return f.name == "receipt.json" })].bytes
	f.Add(genuine)
	for _, seed := range []string{
		`{}`, `{"checkpoint":{}}`, `{"determination":[{}]}`, `{"evidence":[{"notYetLogged":true}]}`,
		`{"submission":{"leaf":"bWVyaXQtYXVkaXQtZW50cnktdjEK","notYetLogged":true,"rows":[{"canonical":"////////////AQ=="}]}}`,
		`{"checkpoint":{"note":"Cgo=","keys":["bWVyaXQtbG9nLWtleS12MQoKMAoKbm9uZQoKCg=="]}}`,
	} {
		f.Add([]byte(seed))
	}
	read, err := proof.ReadReceipt(genuine)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := proof.ReadReceipt(file)
		if err != nil {
			return
		}
		p, err := proof.VerifyReceipt(r, verifier)
		if err != nil || p.Checkpoint.Size == 0 {
			return
		}
		if string(r.GetCheckpoint().GetNote()) != string(read.GetCheckpoint().GetNote()) {
			t.Errorf("a checkpoint nobody signed: %q", r.GetCheckpoint().GetNote())
		}
	})
}

func FuzzPackage(f *testing.F) {
	whole, verifier := mustKept(f)
	f.Add(whole)
	f.Add(mustZip(f, 0, []file{{"README.txt", nil}, {"receipt.json", []byte("{}")}}))
	f.Add([]byte("PK\x05\x06"))
	f.Fuzz(func(t *testing.T, zipped []byte) {
		s, err := verify(zipped, verifier)
		if err == nil && (s.Total != "302.5" || s.Result.Columns["agency_name"] != "Kota Contoh") {
			t.Errorf("it proves a result nobody determined: %v", s.Result)
		}
	})
}
