package oidc

import "net/http"

// maxAnswer is the largest answer of a provider that is read, in bytes; descriptions and key sets are some kilobytes.
const maxAnswer = 1 << 20

// newClient is how the provider is spoken to: in time, no more than it needs, and never on to where it redirects, which
// could be anywhere.
func newClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	return &http.Client{
		Transport: bounded{transport}, Timeout: answerTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// bounded reads maxAnswer bytes of an answer and no more.
type bounded struct{ *http.Transport }

// RoundTrip sends a request.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.Transport.RoundTrip(r)
	if err == nil {
		answer.Body = http.MaxBytesReader(nil, answer.Body, maxAnswer)
	}
	return answer, err
}
