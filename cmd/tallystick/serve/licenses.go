package serve

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"os"

	"github.com/tallystick/tallystick/domain/licensefile"
	"github.com/tallystick/tallystick/handlers/api/licenses"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

// licenseKeys reads the keys that license files are signed with. The private Postgres comes with one of its own.
func (s *Serving) licenseKeys() (keys licenses.SigningKeys, err error) {
	files := s.LicenseSigningKey
	if s.DatabaseURL == "" && len(files) == 0 {
		files = []string{s.LicenseSigningPath()}
		if err := makeLicenseKey(files[0]); err != nil {
			return nil, err
		}
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read --license-signing-key: %w", err)
		}
		read, err := licensefile.ParsePrivateKeys(text)
		if err != nil {
			return nil, fmt.Errorf("read --license-signing-key %s: %w", file, err)
		}
		keys = append(keys, read...)
	}
	return keys, nil
}

// makeLicenseKey draws a key unless the file is there.
func makeLicenseKey(file string) error {
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("draw a key for license files: %w", err)
	}
	text, err := licensefile.EncodePrivateKey(key)
	if err != nil {
		return fmt.Errorf("write a key for license files: %w", err)
	}
	return house.WriteSecret(file, string(text))
}
