package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
)

var (
	linkCuts = flag.Int("link-cuts", 1, "at how many of the steps of a link TestTheSellerIsAway kills the installation, of 4")
	daysAway = flag.Int("days-away", 3, "for how many days the seller is away in TestTheSellerIsAway, up to 40")
)

// between stands between an installation and its seller, as a network does.
type between struct {
	*httptest.Server

	seller atomic.Pointer[url.URL]
	// meet sees each request before and after the seller does; it tells whether the request goes no further.
	meet atomic.Pointer[func(what string, answered bool) bool]
}

// network makes one that leads to a seller.
func network(t *testing.T, seller *server) *between {
	t.Helper()
	b := &between{}
	b.leadTo(t, seller)
	forward := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(b.seller.Load()) },
		ModifyResponse: func(r *http.Response) error {
			if b.cuts(r.Request, true) {
				return errors.New("cut off")
			}
			return nil
		},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if b.cuts(r, false) {
			panic(http.ErrAbortHandler)
		}
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(b.Close)
	return b
}

func (b *between) cuts(r *http.Request, answered bool) bool {
	meet := b.meet.Load()
	return meet != nil && (*meet)(r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:], answered)
}

func (b *between) leadTo(t *testing.T, seller *server) {
	t.Helper()
	at, err := url.Parse(seller.url)
	if err != nil {
		t.Fatal(err)
	}
	b.seller.Store(at)
}

// trustOf writes the public keys of a seller into a file.
func trustOf(t *testing.T, seller *server) string {
	t.Helper()
	var keys struct {
		Data []struct {
			Public string `json:"public_key"`
		} `json:"data"`
	}
	seller.read("/v1/license-keys", &keys)
	trust := filepath.Join(t.TempDir(), "seller.pem")
	if err := os.WriteFile(trust, []byte(keys.Data[0].Public), 0o600); err != nil {
		t.Fatal(err)
	}
	return trust
}

// linkShown is the license of a workspace as a server shows it.
type linkShown struct {
	Source string `json:"source"`
	Seats  int    `json:"seats"`
	Access string `json:"access"`
	Link   *struct {
		State   string    `json:"state"`
		Server  string    `json:"server"`
		Ladder  string    `json:"ladder"`
		Success time.Time `json:"last_success_at"`
	} `json:"link"`
}

func (s *server) linkOf(workspace string) (shown linkShown) {
	s.t.Helper()
	s.read("/v1/workspaces/"+workspace+"/license", &shown)
	return shown
}

// TestTheSellerIsAway kills a seller and goes on for days by the installation's clock, down the ladder, until the seller is back. Then
// the installation is killed in the middle of links.
func TestTheSellerIsAway(t *testing.T) {
	t.Parallel()
	seller := boot(t, dataDir(t))
	post(seller, "/v1/products", `{"code":"enterprise","name":"Enterprise","tier":2}`, http.StatusCreated)
	net := network(t, seller)
	arguments := []string{"--license-trust", trustOf(t, seller), "--license-instance", "berlin", "--license-server"}
	installed := boot(t, dataDir(t), append(arguments, net.URL)...)
	seller = sellerAway(t, net, seller, installed)
	cutOff(t, net, seller, installed, arguments)
}

// sellerAway gives the seller that is back.
func sellerAway(t *testing.T, net *between, seller, installed *server) *server {
	t.Helper()
	key, _ := licensed(seller, 2)
	holds(t, post(installed, "/v1/workspaces/acme/license/link", fmt.Sprintf(`{"key":%q}`, key), http.StatusOK), `"state":"linked"`)
	linked := installed.linkOf("acme").Link.Success
	seller.kill()
	var gone time.Time
	advance := func(s *server, to time.Time) {
		t.Helper()
		body, err := json.Marshal(map[string]time.Time{"to": to})
		if err != nil {
			t.Fatal(err)
		}
		s.must(http.MethodPost, "/v1/clock/advance", "", string(body), http.StatusOK)
	}
	for _, step := range []struct {
		days           int
		before         time.Duration
		ladder, access string
		status         int
	}{
		{3, time.Second, "in_sync", "full", 201}, {3, 0, "warning", "full", 201}, {7, time.Second, "warning", "full", 409}, {7, 0, "restricted", "full", 409},
		{30, time.Second, "restricted", "full", 409}, {30, 0, "read_only", "read_only", 409}, {40, 0, "read_only", "read_only", 409},
	} {
		if step.days > *daysAway {
			break
		}
		gone = linked.AddDate(0, 0, step.days).Add(-step.before)
		advance(installed, gone)
		if shown := installed.linkOf("acme"); shown.Link.State != "linked" || shown.Link.Ladder != step.ladder || shown.Access != step.access {
			t.Errorf("after %d days less %s: %+v %+v", step.days, step.before, shown, shown.Link)
		}
		seat := fmt.Sprintf(`{"member":"m%d","role":"member"}`, gone.Unix())
		answer := post(installed, "/v1/workspaces/acme/seats", seat, step.status)
		if step.status == http.StatusConflict && step.ladder != "warning" {
			holds(t, answer, `"code":"license_out_of_sync"`)
		}
	}
	seller = boot(t, seller.dir)
	advance(seller, gone)
	net.leadTo(t, seller)
	holds(t, post(installed, "/v1/workspaces/acme/license/sync", "", http.StatusOK), `"ladder":"in_sync"`, `"access":"full"`, `"state":"linked"`, `"error":null`)
	return seller
}

// cutOff kills an installation at each step of a link, and starts it again: it is linked by itself, and has one place. The seller has
// moved by the last time.
func cutOff(t *testing.T, net *between, seller, installed *server, arguments []string) {
	t.Helper()
	steps := []struct {
		what     string
		answered bool
	}{{"activate", true}, {"sync", true}, {"activate", false}, {"sync", false}}[:*linkCuts]
	for n, step := range steps {
		key, license := licensed(seller, 2)
		killed := make(chan struct{})
		cut := func(what string, answered bool) bool {
			if what != step.what || answered != step.answered {
				return false
			}
			net.meet.Store(nil)
			installed.kill()
			close(killed)
			return true
		}
		net.meet.Store(&cut)
		workspace := fmt.Sprintf("w%d", n)
		go func() { // nobody hears the answer
			_, _ = installed.request(t.Context(), http.MethodPost, "/v1/workspaces/"+workspace+"/license/link", uuid.NewString(), fmt.Sprintf(`{"key":%q}`, key))
		}()
		select {
		case <-killed:
		case <-time.After(patience):
			t.Fatalf("%v: the seller is never asked", step)
		}
		at := net.URL
		if n == len(steps)-1 {
			at = seller.url
		}
		installed = boot(t, installed.dir, append(arguments, at)...)
		for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
			shown := installed.linkOf(workspace)
			if shown.Link != nil && shown.Link.State == "linked" && shown.Source == "license" && shown.Seats == 2 && shown.Link.Server == at {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%v: %+v %+v", step, shown, shown.Link)
			}
		}
		var instances struct {
			Data []struct {
				Workspace string `json:"workspace"`
			} `json:"data"`
		}
		seller.read(license+"/instances", &instances)
		if len(instances.Data) != 1 || instances.Data[0].Workspace != workspace {
			t.Errorf("%v: %+v", step, instances)
		}
	}
}
