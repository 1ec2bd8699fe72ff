package proof_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/meritindex/merit/client/proof"
)

// A sealed package is checked with nothing but the key as it was published.
func ExampleVerifyPackage() {
	file, publishedKey := mustKept(new(testing.T)) // os.Open("paket-tersegel.zip")
	sealed, err := proof.VerifyPackage(bytes.NewReader(file), int64(len(file)), publishedKey)
	if err != nil {
		fmt.Println("forged or damaged:", err)
		return
	}
	fmt.Println(sealed.Result.Columns["agency_name"], sealed.Result.Columns["year"], sealed.Total)
	// Output: Kota Contoh 2021 302.5
}
