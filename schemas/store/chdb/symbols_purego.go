//go:build (linux || darwin) && (amd64 || arm64)

package chdb

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/ebitengine/purego"
)

// bind loads a shared library and points each function at its symbol.
func bind(path string, functions map[string]any) error {
	handle, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return fmt.Errorf("load %s: %w", path, err)
	}
	for name, function := range functions {
		symbol, err := purego.Dlsym(handle, name)
		if err != nil {
			return fmt.Errorf("load %s: it lacks %s: run `make assets` for the version this program needs", path, name)
		}
		purego.RegisterFunc(function, symbol)
	}
	return nil
}

// heldElsewhere says whether an engine, of whichever process, holds the folder:
// as a server does, it keeps a lock on the file "status" there.
func heldElsewhere(folder string) bool {
	status, err := os.Open(filepath.Join(folder, "status"))
	if err != nil {
		return false // never opened by an engine
	}
	defer status.Close() //nolint:errcheck // only read
	// Closing the file gives the lock back.
	return syscall.Flock(int(status.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == syscall.EWOULDBLOCK //nolint:errorlint // a bare errno
}
