package collect

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

// incidentsFile holds, in the data directory, the incidents that the queue has
// not acknowledged yet: one JSON object a line.
const incidentsFile = "incidents.jsonl"

// incidentFile keeps incidents on disk until they are published. It is safe
// for concurrent use; two processes must not share a directory.
type incidentFile struct {
	dir string
	mu  sync.Mutex
}

func (f *incidentFile) path() string { return filepath.Join(f.dir, incidentsFile) }

// add makes an incident durable.
func (f *incidentFile) add(i schemas.Incident) error {
	line, err := json.Marshal(i)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	file, err := os.OpenFile(f.path(), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(append(line, '\n'))
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close(), syncDir(f.dir))
}

// publish sends what is on disk and then removes it. A kill in between sends
// it again: an incident is its content, and stored twice it is one.
func (f *incidentFile) publish(ctx context.Context, out BatchPublisher) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	content, err := os.ReadFile(f.path())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var lines [][]byte
	for line := range bytes.Lines(content) {
		if line = bytes.TrimSpace(line); json.Valid(line) && len(line) > 0 { // the last may be cut short by a kill
			lines = append(lines, line)
		}
	}
	if len(lines) > 0 {
		if err := out.PublishAll(ctx, lines); err != nil {
			return err
		}
	}
	return os.Remove(f.path())
}

// PublishIncidents sends the incidents of this key to the stream of refusals
// until ctx is done, and tries again what was not acknowledged. What is still
// waiting then is sent by the next process.
func (k *LiveKeys) PublishIncidents(ctx context.Context, out BatchPublisher) error {
	for {
		wait := weekGrace
		attempt, cancel := context.WithTimeout(ctx, refusalTimeout)
		if err := k.incidents.publish(attempt, out); err != nil && ctx.Err() == nil {
			k.log.Warn("incidents not published; trying again", "error", err)
			wait = weekRetry
		}
		cancel()
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-k.reported:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// report keeps an incident that was noticed while hits arrive, once per week
// and kind.
func (k *LiveKeys) report(kind schemas.IncidentKind, week schemas.Week) {
	i := schemas.Incident{Kind: kind, Week: week, At: k.clock().UnixMilli()}
	k.mu.Lock()
	defer k.mu.Unlock()
	if known := k.noticed[week]; known == kind {
		return
	}
	k.noticed[week] = kind
	k.log.Error("incident of the week key", "kind", kind, "week", week.String())
	if err := k.incidents.add(i); err != nil {
		k.metrics.weekErrors.Inc()
		k.log.Error("incident not kept", "error", err)
		return
	}
	select {
	case k.reported <- struct{}{}:
	default:
	}
}
