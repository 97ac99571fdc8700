package dashboards

import (
	"time"

	"github.com/entaudience/entaudience/schemas"
)

// queueJSON says in /completude.json whether the queue answers, and when it does
// not, what is known of it.
type queueJSON struct {
	Answers bool   `json:"answers"`
	Since   string `json:"silent_since"` // RFC 3339 UTC, "" = it answers
	Known   string `json:"last_answer"`  // RFC 3339 UTC, "" = never since the program began
	Pending uint64 `json:"pending_then"` // events that waited at the last answer, those on the disks of collectors included
}

func newQueueJSON(c schemas.Completeness) queueJSON {
	return queueJSON{Answers: !c.Queue.Away(), Since: rfc(c.Queue.Since), Known: rfc(c.Queue.Known), Pending: c.EventsPending}
}

// Says is what the page says of a queue that does not answer.
func (q queueJSON) Says() string {
	says := "La file (Kafka) ne répond pas depuis le " + instantOf(q.Since) + ". "
	since, err := time.Parse(time.RFC3339, q.Known)
	if err != nil {
		return says + "Elle n'a pas répondu depuis le démarrage de ce service : ce qui y attend n'est pas connu."
	}
	return says + "À sa dernière réponse, le " + Instant(since) + ", " + Compte(q.Pending, "événement attendait", "événements attendaient") + "."
}
