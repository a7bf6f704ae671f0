package serve

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certificate is read again when its files change: certificates are renewed more often than servers are restarted.
type certificate struct {
	certFile, keyFile string
	log               *slog.Logger

	mu     sync.Mutex
	loaded *tls.Certificate
	stamps [2]time.Time // when the files had changed last, when they were read
	looked time.Time
}

// certificateLook bounds how often the files are looked at.
const certificateLook = time.Second

// NewCertificate reads the certificate for the first time.
func NewCertificate(certFile, keyFile string, log *slog.Logger) (*tls.Config, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, log: log}
	if err := c.refresh(); err != nil {
		return nil, fmt.Errorf("read the certificate: %w", err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get}, nil
}

// refresh reads the files if they have changed. While only one of them has, they do not fit, and are read the next time.
func (c *certificate) refresh() error {
	var stamps [2]time.Time
	for i, file := range []string{c.certFile, c.keyFile} {
		info, err := os.Stat(file)
		if err != nil {
			return err
		}
		stamps[i] = info.ModTime()
	}
	if stamps == c.stamps {
		return nil
	}
	loaded, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return err
	}
	c.loaded, c.stamps = &loaded, stamps
	return nil
}

// get gives the certificate, and goes on with the one it has while another can't be read.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); now.Sub(c.looked) >= certificateLook {
		c.looked = now
		if err := c.refresh(); err != nil {
			c.log.Warn("the new certificate can't be read", slog.Any("error", err))
		}
	}
	return c.loaded, nil
}
