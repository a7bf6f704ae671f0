package endpoint

import (
	"encoding/json"
	"time"
)

// InAMonth stands in an example for the beginning of the day a month after the document is made, so that a sandbox that
// was made with its server meets its first renewal.
type InAMonth struct{}

// MarshalJSON writes the time.
func (InAMonth) MarshalJSON() ([]byte, error) {
	return json.Marshal(time.Now().UTC().AddDate(0, 1, 0).Truncate(24 * time.Hour))
}
