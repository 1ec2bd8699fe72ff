package client_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/meritindex/merit/client"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// Upload a file with progress, and make it evidence.
func ExampleClient_UploadFile() {
	service := start()
	defer service.stop()
	merit := service.operator()
	defer merit.Close()
	ctx := context.Background()
	path := writeDecree()
	defer os.RemoveAll(filepath.Dir(path))

	var uploadID string // keep it, and a broken upload can be gone on with
	up, err := merit.UploadFile(ctx, path, client.UploadOptions{
		Resume:  uploadID,
		Started: func(id string) { uploadID = id },
		Progress: func(sent, total int64) {
			fmt.Printf("%d %%\n", 100*sent/total)
		},
	})
	if err != nil {
		fmt.Println(client.Explain(err))
		return
	}
	added, err := merit.Evidence.FinishUpload(ctx, &meritv1.FinishUploadRequest{
		UploadId: up.GetId(), Title: "Keputusan manajemen talenta", EffectiveDate: "2020-03-01",
	})
	if err != nil {
		fmt.Println(client.Explain(err))
		return
	}
	fmt.Println(added.GetEvidence().GetTitle(), added.GetEvidence().GetMediaType())
	// Output:
	// 50 %
	// 100 %
	// Keputusan manajemen talenta application/pdf
}

// Upload bytes that are no file.
func ExampleClient_Upload() {
	service := start()
	defer service.stop()
	merit := service.operator()
	defer merit.Close()
	ctx := context.Background()

	table := []byte("kode,nilai\n1.1,3\n")
	up, err := merit.Upload(ctx, bytes.NewReader(table), int64(len(table)), client.UploadOptions{Name: "rekap.csv"})
	if err != nil {
		fmt.Println(client.Explain(err))
		return
	}
	added, err := merit.Evidence.FinishUpload(ctx, &meritv1.FinishUploadRequest{UploadId: up.GetId()})
	if err != nil {
		fmt.Println(client.Explain(err))
		return
	}
	fmt.Println(added.GetEvidence().GetFileName(), added.GetEvidence().GetMediaType(), added.GetEvidence().GetSize())
	// Output: rekap.csv text/csv 17
}

// Download evidence into a folder, under the name it was uploaded with.
func ExampleClient_DownloadFile() {
	service := start()
	defer service.stop()
	merit := service.operator()
	defer merit.Close()
	ctx := context.Background()
	path := writeDecree()
	defer os.RemoveAll(filepath.Dir(path))
	up := must(merit.UploadFile(ctx, path, client.UploadOptions{Name: "SK Bupati.pdf"}))
	added := must(merit.Evidence.FinishUpload(ctx, &meritv1.FinishUploadRequest{UploadId: up.GetId()}))

	got, err := merit.DownloadFile(ctx, &meritv1.DownloadRequest{EvidenceId: added.GetEvidence().GetId()},
		filepath.Dir(path), client.DownloadOptions{})
	if err != nil {
		fmt.Println(client.Explain(err))
		return
	}
	fmt.Println(filepath.Base(got.Path), got.Size, "bytes, checked")
	// Output: SK Bupati.pdf 524288 bytes, checked
}

// writeDecree writes a PDF of 512 KiB into a folder of its own.
func writeDecree() (path string) {
	path = filepath.Join(must(os.MkdirTemp("", "merit-example-")), "sk.pdf")
	content := make([]byte, 512<<10)
	copy(content, "%PDF-1.7\n")
	check(os.WriteFile(path, content, 0o600))
	return path
}

// operator connects as an operator whom the administrator has invited for an agency.
func (r running) operator() *client.Client {
	ctx := context.Background()
	admin := must(client.Dial(r.address, client.Options{Plaintext: true, Token: client.StaticToken(r.token)}))
	defer admin.Close()
	must(admin.Agencies.ImportAgencies(ctx, &meritv1.ImportAgenciesRequest{
		ValidFrom: "2000-01-01", Csv: []byte("code,kind,name,province_code\n91,PROVINSI,Provinsi Demo,91\n"),
	}))
	agency := must(admin.Agencies.GetAgency(ctx, &meritv1.GetAgencyRequest{Code: "91"})).GetAgency()
	invited := must(admin.Accounts.InviteAccount(ctx, &meritv1.InviteAccountRequest{
		Email: "operator@demo.example", Name: "Demo Operator",
		Appointment: &meritv1.Appointment{Role: meritv1.Role_ROLE_OPERATOR, AgencyId: agency.GetId()},
	}))
	must(admin.Accounts.AcceptLink(ctx, &meritv1.AcceptLinkRequest{Secret: invited.GetLink().GetSecret(), NewPassword: r.password}))
	in := must(admin.Accounts.SignIn(ctx, &meritv1.SignInRequest{Email: "operator@demo.example", Password: r.password}))
	return must(client.Dial(r.address, client.Options{Plaintext: true, Language: "en", Token: client.StaticToken(in.GetSessionToken())}))
}
