package eventstore

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/tallystick/tallystick/domain"
)

// appendRequest is the argument of the SQL function append, as parallel arrays. See migrations for their meaning. FlatArray
// spares pgx the reflection that it needs for slices it does not know.
type appendRequest struct {
	ledger uuid.UUID

	streams  []string
	versions []int64

	needsComponent []int32
	needsStream    []int32

	commandComponent   []int32
	commandID          [][16]byte
	commandKey         pgtype.FlatArray[[]byte]
	commandFingerprint pgtype.FlatArray[[]byte]
	commandActor       []string
	commandCorrelation []string
	commandCausation   pgtype.FlatArray[*string]
	commandStatus      []int16
	commandStream      []string
	commandVersion     []int64
	commandLast        []int32
	commandAnswer      pgtype.FlatArray[[]byte]
	lookedUp           []int32

	eventCommand     []int32
	eventID          [][16]byte
	eventStream      []string
	eventVersion     []int64
	eventType        []string
	eventSchema      []int16
	eventEffectiveAt []time.Time
	eventData        pgtype.FlatArray[[]byte]
	eventBody        pgtype.FlatArray[[]byte]
	eventPrivateHash pgtype.FlatArray[[]byte] // nil for an event without a private part

	privateEvent []int32
	privateSalt  pgtype.FlatArray[[]byte]
	privateData  pgtype.FlatArray[[]byte]

	erasingEvent []int32
}

// appendReply is what the function answers.
type appendReply struct {
	tail    int64          // the ledger's last position before this batch
	refused map[int32]bool // components that were not appended
	hits    map[int]hit    // commands, by index, whose key was used before
}

// hit is the stored outcome of an earlier command.
type hit struct {
	command     uuid.UUID
	fingerprint []byte
	outcome     Outcome
}

// need says that a component stands on a stream.
func (r *appendRequest) need(component, stream int32) {
	r.needsComponent = append(r.needsComponent, component)
	r.needsStream = append(r.needsStream, stream)
}

// stream adds a stream that the batch stands on and gives its index for need.
func (r *appendRequest) stream(name domain.Stream, version int64) int32 {
	r.streams = append(r.streams, string(name))
	r.versions = append(r.versions, version)
	return int32(len(r.streams))
}

// command adds a decided command. A refusal or a dry run is recorded nowhere, and only its key, if it has one, is looked up.
func (r *appendRequest) command(component int32, d *decided) {
	c := &d.pending.command
	r.commandComponent = append(r.commandComponent, component)
	r.commandID = append(r.commandID, c.ID)
	r.commandKey = append(r.commandKey, d.pending.key)
	r.commandFingerprint = append(r.commandFingerprint, c.Fingerprint[:])
	r.commandActor = append(r.commandActor, c.Actor)
	r.commandCorrelation = append(r.commandCorrelation, c.Correlation)
	r.commandCausation = append(r.commandCausation, optional(c.Causation))
	r.commandStream = append(r.commandStream, string(c.Resource))
	r.commandVersion = append(r.commandVersion, d.version)
	r.commandAnswer = append(r.commandAnswer, d.answer.Body)
	if !d.appends() {
		r.commandStatus = append(r.commandStatus, 0)
		r.commandLast = append(r.commandLast, int32(len(r.eventID)))
		if d.pending.key != nil {
			r.lookedUp = append(r.lookedUp, int32(len(r.commandID)))
		}
		return
	}
	r.commandLast = append(r.commandLast, int32(len(r.eventID)+len(d.proposed)))
	r.commandStatus = append(r.commandStatus, int16(d.answer.Status))
	for i, proposed := range d.proposed {
		r.event(proposed, d.encoded[i])
	}
}

// lookUpAll has every key of the batch looked up.
func (r *appendRequest) lookUpAll() {
	r.lookedUp = r.lookedUp[:0]
	for i, key := range r.commandKey {
		if key != nil {
			r.lookedUp = append(r.lookedUp, int32(i+1))
		}
	}
}

func (r *appendRequest) event(proposed Proposed, encoded encodedFact) {
	r.eventCommand = append(r.eventCommand, int32(len(r.commandID)))
	r.eventID = append(r.eventID, encoded.id)
	r.eventStream = append(r.eventStream, string(proposed.Stream))
	r.eventVersion = append(r.eventVersion, proposed.Version)
	r.eventType = append(r.eventType, proposed.Fact.EventType())
	r.eventSchema = append(r.eventSchema, int16(encoded.schema))
	r.eventEffectiveAt = append(r.eventEffectiveAt, proposed.EffectiveAt)
	r.eventData = append(r.eventData, encoded.data)
	r.eventBody = append(r.eventBody, encoded.body[:])
	r.eventPrivateHash = append(r.eventPrivateHash, encoded.privateHash)
	if encoded.private != nil {
		r.privateEvent = append(r.privateEvent, int32(len(r.eventID)))
		r.privateSalt = append(r.privateSalt, encoded.salt)
		r.privateData = append(r.privateData, encoded.private)
	}
	if encoded.erases {
		r.erasingEvent = append(r.erasingEvent, int32(len(r.eventID)))
	}
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// send makes the one round trip. It commits by itself unless db is a transaction.
func (r *appendRequest) send(ctx context.Context, db Querier) (appendReply, error) {
	var (
		reply        appendReply
		recordedAt   time.Time
		refused      []int32
		hitCommand   []int32
		hitCommandID [][16]byte
		hitPrint     [][]byte
		hitStatus    []int16
		hitStream    []string
		hitVersion   []int64
		hitFirst     []int64
		hitLast      []int64
		hitAnswer    [][]byte
	)
	rows, err := db.Query(ctx, `
		SELECT * FROM tallystick.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
		                                $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32)`,
		[16]byte(r.ledger), r.streams, r.versions, r.needsComponent, r.needsStream, r.commandComponent, r.commandID,
		r.commandKey, r.commandFingerprint, r.commandActor, r.commandCorrelation, r.commandCausation, r.commandStatus,
		r.commandStream, r.commandVersion, r.commandLast, r.commandAnswer, r.lookedUp, r.eventCommand, r.eventID,
		r.eventStream, r.eventVersion, r.eventType, r.eventSchema, r.eventEffectiveAt, r.eventData, r.eventBody,
		r.eventPrivateHash, r.privateEvent, r.privateSalt, r.privateData, r.erasingEvent)
	if err != nil {
		return appendReply{}, err
	}
	_, err = pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (struct{}, error) {
		return struct{}{}, row.Scan(&reply.tail, &recordedAt, &refused, &hitCommand, &hitCommandID, &hitPrint, &hitStatus,
			&hitStream, &hitVersion, &hitFirst, &hitLast, &hitAnswer)
	})
	if err != nil {
		return appendReply{}, err
	}
	reply.refused = make(map[int32]bool, len(refused))
	for _, component := range refused {
		reply.refused[component] = true
	}
	reply.hits = make(map[int]hit, len(hitCommand))
	for i, command := range hitCommand {
		reply.hits[int(command)-1] = hit{
			command:     hitCommandID[i],
			fingerprint: hitPrint[i],
			outcome: Outcome{
				Answer:        Answer{Status: int(hitStatus[i]), Body: hitAnswer[i]},
				Resource:      domain.Stream(hitStream[i]),
				Version:       hitVersion[i],
				FirstPosition: hitFirst[i],
				LastPosition:  hitLast[i],
			},
		}
	}
	return reply, nil
}
