package words

import (
	"cmp"
	"fmt"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/installation"
)

// ofInstallation tells of licenses that come from a seller elsewhere.
func ofInstallation(event domain.Event) string {
	switch e := event.(type) {
	case installation.LinkBegun:
		return fmt.Sprintf("A link with the license server %s was begun", e.Server)
	case installation.LinkRefused:
		return "The license server did not agree" + because(e.Code)
	case installation.Confirmed:
		return fmt.Sprintf("The license server confirmed the license of %s with %s", e.License.Product, counted(e.License.Seats, "seat"))
	case installation.Postponed:
		return "The license server agreed, and the license can't be applied yet" + because(e.Error.Code)
	case installation.Stopped:
		return "The license server says that the license gives nothing any more" + because(e.Code)
	case installation.TryFailed:
		return "The license server did not confirm the license" + because(e.Code)
	case installation.SyncAsked:
		return "The license server is to be asked"
	case installation.UnlinkBegun:
		return "The link with the license server was ended"
	case installation.Unlinked:
		if e.ID == "" {
			return "The license file was put away"
		}
		return "The license server knows that the link has ended"
	case installation.Uploaded:
		return fmt.Sprintf("A license file was uploaded: %s with %s", e.License.Product, counted(e.License.Seats, "seat"))
	case installation.Checked:
		return cmp.Or(steps[e.Ladder], "The license was looked at")
	}
	return ""
}

var steps = map[installation.Ladder]string{
	installation.InSync:     "The license is confirmed again",
	installation.Warning:    "The license was not confirmed for days",
	installation.Restricted: "The license was not confirmed for so long that nobody gets a seat",
	installation.ReadOnly:   "The license was not confirmed for so long that the workspace may only look at what it has",
}
