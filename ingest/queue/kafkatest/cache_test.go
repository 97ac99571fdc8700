package kafkatest

import (
	"path/filepath"
	"runtime"
	"testing"
)

// The folder of a running test binary stays locked whatever the collector of
// garbage does: other binaries remove the folders that are not.
func TestOwnFolderStaysLocked(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	folder, unlock, err := ownFolder()
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		runtime.GC()
	}
	if free, err := lock(filepath.Join(folder, "lock"), false); err == nil {
		free()
		t.Fatal("another process could remove the folder")
	}
	unlock()
	free, err := lock(filepath.Join(folder, "lock"), false)
	if err != nil {
		t.Fatal(err)
	}
	free()
}
