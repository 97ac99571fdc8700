package kafkatest

import (
	"context"
	"crypto/sha256"
	_ "embed" // the pom
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

//go:embed pom.xml
var pom []byte

// fetchTimeout bounds the first fetch, of 43 MB.
const fetchTimeout = 5 * time.Minute

// jars is the folder of the jars of pom.xml, fetched at most once a binary.
var jars = sync.OnceValues(fetchJars)

// fetchJars looks for the jars in the user's cache, in a folder named by the
// pom's content, and has Maven fetch them when they are not there. A lock on a
// file makes test binaries that run side by side wait for one another.
func fetchJars() (string, error) {
	if _, err := exec.LookPath("java"); err != nil {
		return "", errors.New("java is not installed (17 or later)")
	}
	root, err := cacheFolder()
	if err != nil {
		return "", err
	}
	folder := filepath.Join(root, fmt.Sprintf("kafka-%x", sha256.Sum256(pom))[:18])
	unlock, err := lock(folder+".lock", true)
	if err != nil {
		return "", err
	}
	defer unlock()
	if _, err := os.Stat(folder); err == nil {
		return folder, nil
	}
	partial := folder + ".partial"
	if err := errors.Join(os.RemoveAll(partial), os.MkdirAll(partial, 0o755)); err != nil {
		return "", err
	}
	file := filepath.Join(partial, "pom.xml")
	if err := os.WriteFile(file, pom, 0o644); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), fetchTimeout)
	defer cancel()
	mvn, err := exec.LookPath("mvn")
	if err != nil {
		return "", errors.New("mvn (Apache Maven) is not installed")
	}
	command := exec.CommandContext(ctx, mvn, "-q", "-B", "-f", file, "dependency:copy-dependencies", "-DoutputDirectory="+partial)
	if output, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("mvn cannot fetch it: %w: %s", err, firstError(string(output)))
	}
	if err := os.Rename(partial, folder); err != nil {
		return "", err
	}
	return folder, nil
}

// firstError is the first line of Maven's output that says what went wrong.
func firstError(output string) string {
	for line := range strings.Lines(output) {
		if strings.Contains(line, "[ERROR]") {
			return strings.TrimSpace(line)
		}
	}
	return strings.TrimSpace(output)
}

func cacheFolder() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	root := filepath.Join(cache, "entaudience", "kafkatest")
	return root, os.MkdirAll(root, 0o755)
}

// ownFolder makes a folder for the shared broker of this process, and removes
// those whose process has ended: nothing runs at the end of a test binary that
// could do it. A lock tells them apart: it is held until the caller lets go of
// unlock, whose file the collector of garbage would else close.
func ownFolder() (folder string, unlock func(), err error) {
	root, err := cacheFolder()
	if err != nil {
		return "", nil, err
	}
	alone, err := lock(filepath.Join(root, "run.lock"), true)
	if err != nil {
		return "", nil, err
	}
	defer alone()
	left, err := filepath.Glob(filepath.Join(root, "run-*"))
	if err != nil {
		return "", nil, err
	}
	for _, folder := range left {
		free, err := lock(filepath.Join(folder, "lock"), false)
		if err != nil {
			continue // its process lives
		}
		err = os.RemoveAll(folder)
		free()
		if err != nil {
			return "", nil, err
		}
	}
	folder, err = os.MkdirTemp(root, "run-")
	if err != nil {
		return "", nil, err
	}
	unlock, err = lock(filepath.Join(folder, "lock"), false)
	return folder, unlock, err
}

// lock takes an exclusive lock on a file, made if missing, and gives the
// function that releases it. Without wait, a lock held elsewhere is an error.
func lock(path string, wait bool) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	how := syscall.LOCK_EX
	if !wait {
		how |= syscall.LOCK_NB
	}
	for {
		if err = syscall.Flock(int(file.Fd()), how); err != syscall.EINTR { //nolint:errorlint // an errno, unwrapped
			break
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), file.Close())
	}
	return func() { file.Close() }, nil //nolint:errcheck // closing releases the lock
}
