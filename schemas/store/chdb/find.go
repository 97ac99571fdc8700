package chdb

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// ErrNoLibrary says that libchdb is nowhere to be found.
var ErrNoLibrary = errors.New("the embedded ClickHouse engine (libchdb) is missing: run `make assets`, or set clickhouse.url to use a server")

// LibraryVariable names the environment variable that tells Find the library.
const LibraryVariable = "ENTAUDIENCE_LIBCHDB"

// Find gives the path of libchdb: explicit if not empty, else what
// LibraryVariable names, else lib/ beside the program, else
// deploy/node_modules in the working folder, the program's folder or any
// folder above them. The error is ErrNoLibrary.
func Find(explicit string) (string, error) {
	for _, named := range []string{explicit, os.Getenv(LibraryVariable)} {
		if named != "" {
			if !isFile(named) {
				return "", fmt.Errorf("%s: %w", named, ErrNoLibrary)
			}
			return named, nil
		}
	}
	var program string
	if exe, err := os.Executable(); err == nil {
		if exe, err = filepath.EvalSymlinks(exe); err == nil {
			program = filepath.Dir(exe)
		}
	}
	working, _ := os.Getwd() //nolint:errcheck // a folder that was removed has no library
	return findFrom(program, working)
}

// findFrom is Find for a program's folder and a working folder; either may be
// unknown (empty).
func findFrom(program, working string) (string, error) {
	if program != "" {
		for _, name := range names {
			if path := filepath.Join(program, "lib", name); isFile(path) {
				return path, nil
			}
		}
	}
	modules := filepath.Join("deploy", "node_modules", "@chdb", "lib-"+platform())
	for _, root := range []string{working, program} {
		if root == "" {
			continue
		}
		for dir := root; ; dir = filepath.Dir(dir) {
			for _, name := range names {
				if path := filepath.Join(dir, modules, name); isFile(path) {
					return path, nil
				}
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	return "", ErrNoLibrary
}

var names = []string{"libchdb.so", "libchdb.dylib"}

// platform is the name npm's packages give to this machine.
func platform() string {
	system := runtime.GOOS
	arch := map[string]string{"amd64": "x64", "arm64": "arm64"}[runtime.GOARCH]
	if system == "linux" {
		arch += "-gnu"
	}
	return system + "-" + arch
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
