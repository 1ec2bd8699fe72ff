package blob

import (
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/encrypt"
)

const s3Scheme = "s3://"

// ParseS3 reads s3://bucket/prefix with these settings behind a question mark:
//
//	endpoint=https://host:port   AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL, Amazon's without
//	region=ap-southeast-3        AWS_REGION or AWS_DEFAULT_REGION, asked of the server without
//	style=path or style=host     where the bucket stands in requests, by the endpoint without
//	sse=s3, sse=kms&key=ID       how the server encrypts, as the bucket says without
//
// Credentials are those of the AWS variables, of the shared file, or of the machine; an address holds none.
func ParseS3(address string) (S3Options, error) {
	u, err := url.Parse(address)
	if err != nil {
		return S3Options{}, fmt.Errorf("blob: %w", err)
	}
	if u.Scheme+"://" != s3Scheme || u.Host == "" || u.User != nil {
		return S3Options{}, fmt.Errorf("blob: %q is not s3://bucket/prefix", u.Redacted())
	}
	set := u.Query()
	for name := range set {
		if !strings.Contains(" endpoint region style sse key ", " "+name+" ") {
			return S3Options{}, fmt.Errorf("blob: %s: there is no setting %q: endpoint, region, style, sse, key", u.Redacted(), name)
		}
	}
	o := S3Options{
		Bucket: u.Host, Prefix: strings.Trim(u.Path, "/"),
		Region:      first(set.Get("region"), os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION")),
		Credentials: credentials.NewChainCredentials([]credentials.Provider{&credentials.EnvAWS{}, &credentials.FileAWSCredentials{}, &credentials.IAM{}}),
	}
	if err := o.endpoint(first(set.Get("endpoint"), os.Getenv("AWS_ENDPOINT_URL_S3"), os.Getenv("AWS_ENDPOINT_URL"), "https://s3.amazonaws.com")); err != nil {
		return S3Options{}, err
	}
	if err := o.style(set.Get("style")); err != nil {
		return S3Options{}, err
	}
	return o, o.encrypt(set.Get("sse"), set.Get("key"))
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

func (o *S3Options) endpoint(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.Scheme != "https" && u.Scheme != "http" {
		return fmt.Errorf("blob: the endpoint %q is not https://host:port or http://host:port", text)
	}
	o.Endpoint, o.Plaintext = u.Host, u.Scheme == "http"
	return nil
}

func (o *S3Options) style(text string) error {
	switch text {
	case "":
	case "path":
		o.PathStyle = true
	case "host":
		o.HostStyle = true
	default:
		return fmt.Errorf("blob: style is path or host, not %q", text)
	}
	return nil
}

func (o *S3Options) encrypt(how, key string) (err error) {
	switch {
	case how == "" && key == "":
	case how == "s3" && key == "":
		o.Encryption = encrypt.NewSSE()
	case how == "kms" && key != "":
		o.Encryption, err = encrypt.NewSSEKMS(key, nil)
	default:
		return fmt.Errorf("blob: sse is s3, or kms with a key, not %q with key %q", how, key)
	}
	return err
}
