package endpoint

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/projections/engine"
)

// Link opens one document to everybody who has its URL, until it expires by the ledger's clock. The URL holds all that there
// is to know, behind a MAC under the ledger's secret: nothing is stored, and nobody can make one up, give it more time or turn
// it to another document.
type Link struct {
	Place     string // names the document's place in paths, such as "invoice"
	ID        string // of the document
	ExpiresAt time.Time
}

// placeLink is the place in paths that takes the token of a link.
const placeLink = "link"

// linkHead is the size of a token before the document's id: the ledger's id, the end and the MAC.
const linkHead = len(uuid.UUID{}) + 8 + sha256.Size

// LinkURL gives the address of a link's page. It begins with the server's address and path, which has a place for the token.
func (c *Call) LinkURL(path string, l Link) string {
	token := l.encode(c.Ledger.ID, c.Secrets[0])
	return c.server.baseURL + strings.ReplaceAll(path, "{"+placeLink+"}", token)
}

// LinkURL gives the address of a link's page as [Call.LinkURL] does, where no request asks for it.
func (s *Server) LinkURL(ctx context.Context, ledger uuid.UUID, path string, l Link) (string, error) {
	holder, found, err := s.authenticator.Holder(ctx, ledger)
	if err != nil || !found {
		return "", errors.Join(err, errNoLedger)
	}
	made := &Call{Principal: holder, server: s}
	return made.LinkURL(path, l), nil
}

var errNoLedger = errors.New("there is no such ledger")

func (l Link) encode(ledger uuid.UUID, secret []byte) string {
	raw := binary.BigEndian.AppendUint64(slices.Clone(ledger[:]), uint64(l.ExpiresAt.UnixMicro()))
	raw = append(append(raw, l.mac(ledger, secret)...), l.ID...)
	return base64.RawURLEncoding.EncodeToString(raw)
}

// readLink takes a token apart. Whether it is genuine is for [Link.genuine] to say.
func readLink(place, token string) (l Link, ledger uuid.UUID, mac []byte, ok bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) <= linkHead {
		return l, ledger, nil, false
	}
	copy(ledger[:], raw)
	expires := time.UnixMicro(int64(binary.BigEndian.Uint64(raw[len(ledger):]))).UTC()
	return Link{Place: place, ID: string(raw[linkHead:]), ExpiresAt: expires}, ledger, raw[len(ledger)+8 : linkHead], true
}

// genuine reports whether a MAC is of a secret that the ledger has or lately had.
func (l Link) genuine(ledger uuid.UUID, secrets [][]byte, mac []byte) bool {
	return slices.ContainsFunc(secrets, func(secret []byte) bool { return hmac.Equal(mac, l.mac(ledger, secret)) })
}

// mac begins with what it is for, since the secret signs other things, and has the place's length before it.
func (l Link) mac(ledger uuid.UUID, secret []byte) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("tallystick/link/v1"))
	mac.Write(ledger[:])
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(l.Place))))
	mac.Write([]byte(l.Place))
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(l.ExpiresAt.UnixMicro())))
	mac.Write([]byte(l.ID))
	return mac.Sum(nil)
}

var (
	linkRefusals = slices.Concat(
		NotFound("link_not_found", "nobody was given such a link"),
		Gone("link_expired", "the link has expired"))
	linkNotFound = domain.NotFound("link_not_found", "There is nothing at this address. It may have been copied in part.")
	linkExpired  = &domain.Rejection{Kind: domain.KindGone, Code: "link_expired", Message: "This link has expired. Please ask for a new one."}
)

// LinkExpired refuses what a link opened once: link_expired.
func LinkExpired() error { return linkExpired }

// LinkPage completes a GET that shows a document to whoever has a link to it, and refuses by a page as well. The path has a place
// for the token; place names where read finds the document's id.
func LinkPage[V any](r Route, place string, model engine.Projection, read Reading[V], render Rendering[V]) Route {
	r.kind, r.Status, r.Refusals = KindPage, http.StatusOK, append(slices.Clip(r.Refusals), linkRefusals...)
	r.handle = func(c *Call) error {
		link, err := c.open(place)
		if err != nil {
			return err
		}
		c.opened = link
		// Whoever was just given the link sees the document, or hears that it is not shown yet.
		tail, err := c.tail(c.ctx, c.server.pool, 0)
		if err != nil {
			return err
		}
		found, _, err := lookFrom(c, tail, c.readModel(model), func(ctx context.Context, tx pgx.Tx, c *Call) (none V, err error) {
			if !c.Now().Before(link.ExpiresAt) {
				return none, linkExpired
			}
			return read(ctx, tx, c)
		})
		if err != nil {
			return err
		}
		return sendRendered(c, found, unversioned, unversioned, render)
	}
	return r
}

// open finds the ledger of the path's link, and puts the document's id into its place. It refuses with link_not_found.
func (c *Call) open(place string) (Link, error) {
	header := c.http.Response().Header()
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Robots-Tag", "noindex, nofollow")
	link, ledger, mac, ok := readLink(place, c.http.Param(placeLink))
	if !ok {
		return link, linkNotFound
	}
	principal, found, err := c.server.authenticator.Holder(c.ctx, ledger)
	if err != nil {
		return link, err
	}
	if !found || !link.genuine(ledger, principal.Secrets, mac) {
		return link, linkNotFound
	}
	c.Principal, c.names[place] = principal, link.ID
	return link, nil
}
