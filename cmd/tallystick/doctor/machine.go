package doctor

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tallystick/tallystick/eventstore/postgres"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
	"github.com/tallystick/tallystick/cmd/tallystick/serve"
)

// checkDataDirectory finds out whether the private Postgres could start.
func checkDataDirectory(ctx context.Context, p *patient) Finding {
	if !house.Exists(p.DataDir) {
		return fine("%s is not there yet, and serve makes it", p.DataDir)
	}
	if p.DatabaseURL != "" {
		return fine("%s holds the lock alone, since the database is given", p.DataDir)
	}
	if err := postgres.Check(ctx, postgres.Options{DataDir: p.DataDir}); err != nil {
		return failed("give the directory to the account that serves, or install what is missing", "%v", err)
	}
	return fine("Postgres can run in %s", p.DataDir)
}

const (
	// Below these a disk is full soon.
	diskLow     = 2 << 30
	diskMissing = 200 << 20
)

// checkDisk looks at the disk of the private Postgres. Where the disk of a given one is, only its administrator knows.
func checkDisk(_ context.Context, p *patient) Finding {
	if p.DatabaseURL != "" {
		return fine("the disk of a given database is not looked at")
	}
	if !house.Exists(p.DataDir) {
		return fine("there is nothing on it yet")
	}
	var disk syscall.Statfs_t
	if err := syscall.Statfs(p.DataDir, &disk); err != nil {
		return unknown(err)
	}
	return judgeDisk(disk.Bavail * uint64(disk.Bsize))
}

// judgeDisk judges the bytes that are free.
func judgeDisk(free uint64) Finding {
	const advice = "make room: Postgres stops where it can't write"
	switch megabytes := free >> 20; {
	case free < diskMissing:
		return failed(advice, "%d MB are free", megabytes)
	case free < diskLow:
		return warn(advice, "%d MB are free", megabytes)
	default:
		return fine("%d MB are free", megabytes)
	}
}

// checkSecretFiles looks who else can read the files with passwords and keys.
func checkSecretFiles(_ context.Context, p *patient) Finding {
	var open []string
	kept := []string{p.AdminKeyPath(), p.DatabaseURLPath(), p.SecretKeyPath(), filepath.Join(p.DataDir, "postgres.password"), p.TLSKey}
	for _, path := range slices.Concat(kept, p.SecretKeyFile) {
		info, err := os.Stat(path)
		if path == "" || errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return unknown(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			open = append(open, path)
		}
	}
	if open != nil {
		names := strings.Join(open, " ")
		return failed("chmod 600 "+names, "others can read %s", names)
	}
	return fine("only their owner can read them")
}

// certificateSoon is the time that renewing a certificate may take.
const certificateSoon = 14 * 24 * time.Hour

// checkCertificate reads the certificate as the server does.
func checkCertificate(_ context.Context, p *patient) Finding {
	if p.TLSCert == "" {
		return fine("none is given")
	}
	config, err := serve.NewCertificate(p.TLSCert, p.TLSKey, slog.New(slog.DiscardHandler))
	var loaded *tls.Certificate
	if err == nil {
		loaded, err = config.GetCertificate(nil)
	}
	if err != nil {
		return failed("put a certificate and its key there", "%v", err)
	}
	ends := loaded.Leaf.NotAfter
	switch left := time.Until(ends); {
	case left <= 0:
		return failed("renew it", "it ended at %s", house.PrintTime(&ends))
	case time.Now().Before(loaded.Leaf.NotBefore):
		return failed("look at the clock of this machine", "it begins at %s only", house.PrintTime(&loaded.Leaf.NotBefore))
	case left < certificateSoon:
		return warn("renew it", "it ends at %s", house.PrintTime(&ends))
	}
	return fine("it fits its key and ends at %s", house.PrintTime(&ends))
}

// checkAddresses listens where the server would.
func checkAddresses(ctx context.Context, p *patient) Finding {
	door := p.Door
	door.TLSCert = "" // another check reads it
	l, err := door.Open(slog.New(slog.DiscardHandler))
	if err == nil {
		l.Close()
		return fine("%s is free", strings.TrimSpace(p.Listen+" "+p.MetricsListen))
	}
	if errors.Is(err, syscall.EADDRINUSE) && servesAt(ctx, p.Serving) {
		return fine("a server of Tallystick answers at %s", p.Listen)
	}
	return failed("stop what listens there, or choose another address", "%v", err)
}

// servesAt reports whether a server of Tallystick answers at the address.
func servesAt(ctx context.Context, s *serve.Serving) bool {
	// Whose certificate it is does not matter: nothing is told.
	return askTitle(ctx, s, s.Scheme()+"://"+s.Listen, &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}) == nil
}

// askTitle fails unless a server of Tallystick answers at a URL itself.
func askTitle(ctx context.Context, s *serve.Serving, url string, transport *http.Transport) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(url, "/")+"/openapi.json", nil)
	if err != nil {
		return err
	}
	client := &http.Client{
		Timeout: s.Limit(5 * time.Second), Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer client.CloseIdleConnections()
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	var document struct {
		Info struct {
			Title string `json:"title"`
		} `json:"info"`
	}
	if json.UnmarshalRead(response.Body, &document) != nil || !strings.HasPrefix(document.Info.Title, "Tallystick") {
		return fmt.Errorf("what answers at %s with status %d is no Tallystick", url, response.StatusCode)
	}
	return nil
}

// checkLicenses reads the trusted keys as the server does, and asks for the license server.
func checkLicenses(ctx context.Context, p *patient) Finding {
	trust, err := p.TrustedKeys()
	switch {
	case err != nil:
		return failed("write the seller's public keys there, which its /v1/license-keys shows", "%v", err)
	case p.LicenseServer == "" && len(trust) == 0:
		return fine("none comes from a seller elsewhere")
	case p.LicenseServer == "":
		return fine("files are believed that a trusted key signed (%d)", len(trust))
	case p.DatabaseURL != "" && len(p.SecretKeyFile) == 0:
		return warn("give --secret-key-file", "no key seals license keys, so that no workspace can be linked")
	}
	if err := askTitle(ctx, p.Serving, p.LicenseServer, &http.Transport{Proxy: http.ProxyFromEnvironment}); err != nil {
		return warn("look at the network and at the seller's server; for 72 hours nothing changes for linked workspaces", "the license server can't be asked: %v", err)
	}
	return fine("the license server answers, and trusted keys sign its files (%d)", len(trust))
}
