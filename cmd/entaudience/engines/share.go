package engines

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/entaudience/entaudience/aggregate/disclosure"
	"github.com/entaudience/entaudience/cmd/entaudience/config"
	"github.com/entaudience/entaudience/schemas"
	"github.com/entaudience/entaudience/schemas/store"
)

// A data folder has one holder. The holder locks the file lock, writes its
// process number into it, and serves its engines on a socket beside it.
const (
	lockFile    = "lock"
	socketFile  = "entaudience.sock"
	brokersPath = "/entaudience/brokers"
)

// maxSocketPath is what the system takes as the path of a socket.
const maxSocketPath = 104

var errHeld = errors.New("held by another process")

// acquire makes the data folder if need be and locks it. errHeld is in the
// chain when another process holds it.
func acquire(folder string) (*os.File, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, schemas.WithKind(schemas.Invalid, fmt.Errorf("data_dir %s: %w", folder, err))
	}
	f, err := os.OpenFile(filepath.Join(folder, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, schemas.WithKind(schemas.Invalid, fmt.Errorf("data_dir %s: %w", folder, err))
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		pid, _ := io.ReadAll(io.LimitReader(f, 20)) //nolint:errcheck // only for the message
		f.Close()                                   //nolint:errcheck // nothing was written
		return nil, schemas.WithKind(schemas.Unavailable, fmt.Errorf(
			"data_dir %s is in use by process %s: stop it, or set another data_dir (%w)", folder, strings.TrimSpace(string(pid)), errHeld))
	}
	if err := f.Truncate(0); err != nil {
		return nil, errors.Join(fmt.Errorf("data_dir %s: %w", folder, err), f.Close())
	}
	if _, err := fmt.Fprintln(f, os.Getpid()); err != nil {
		return nil, errors.Join(fmt.Errorf("data_dir %s: %w", folder, err), f.Close())
	}
	return f, nil
}

// socketPath is the path of the socket, relative if the absolute one is longer
// than the system takes.
func socketPath(folder string) (string, error) {
	path, err := filepath.Abs(filepath.Join(folder, socketFile))
	if err != nil {
		return "", fmt.Errorf("data_dir %s: %w", folder, err)
	}
	if len(path) <= maxSocketPath {
		return path, nil
	}
	if wd, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(wd, path); err == nil && len(rel) <= maxSocketPath {
			return rel, nil
		}
	}
	return "", schemas.WithKind(schemas.Invalid, fmt.Errorf("data_dir %s: its path is too long for a socket (%d characters, at most %d): set a shorter data_dir", folder, len(path), maxSocketPath))
}

// share serves the engines of this process to commands on the same folder.
func (e *Engines) share(folder string) error {
	path, err := socketPath(folder)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) { // left by a killed holder; we hold the lock
		return fmt.Errorf("share engines: %w", err)
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return fmt.Errorf("share engines: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return errors.Join(fmt.Errorf("share engines: %w", err), listener.Close())
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+brokersPath, func(w http.ResponseWriter, _ *http.Request) {
		var addrs []string
		if e.broker != nil {
			addrs = e.broker.Addrs()
		}
		json.NewEncoder(w).Encode(addrs) //nolint:errcheck // the command is gone
	})
	if e.engine != nil {
		mux.Handle("/", e.engine.Handler())
	}
	e.shared = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go e.shared.Serve(listener) //nolint:errcheck // ends with Close
	e.closers = append(e.closers, e.shared.Close)
	return nil
}

// borrow uses the engines of the process that holds the data folder.
func (e *Engines) borrow(ctx context.Context, c config.Config) error {
	path, err := socketPath(c.DataDir)
	if err != nil {
		return err
	}
	transport := loopbackClient(path)
	e.closers = append(e.closers, func() error { transport.CloseIdleConnections(); return nil })
	brokers := c.Kafka.Brokers
	if len(brokers) == 0 {
		if brokers, err = askBrokers(ctx, transport); err != nil {
			return schemas.WithKind(schemas.Unavailable, fmt.Errorf("ask the process that holds data_dir %s: %w: try again once it has started", c.DataDir, err))
		}
	}
	options := store.Options{URL: c.ClickHouse.URL, Rule: disclosure.New(c.Disclosure.Threshold)}
	if options.URL == "" {
		options.Transport = transport
	}
	return e.connect(ctx, options, brokers)
}

func askBrokers(ctx context.Context, transport http.RoundTripper) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://holder"+brokersPath, nil)
	if err != nil {
		return nil, err
	}
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close() //nolint:errcheck // only read
	var brokers []string
	if err := json.NewDecoder(io.LimitReader(response.Body, 1<<16)).Decode(&brokers); err != nil {
		return nil, err
	}
	return brokers, nil
}
