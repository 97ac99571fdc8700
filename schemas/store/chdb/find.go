package chdb

import (
	"errors"
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
				return "", ErrNoLibrary
			}
			return named, nil
		}
	}
	var roots []string
	if exe, err := os.Executable(); err == nil {
		if exe, err = filepath.EvalSymlinks(exe); err == nil {
			roots = append(roots, filepath.Dir(exe))
		}
	}
	if wd, err := os.Getwd(); err == nil {
		roots = append(roots, wd)
	}
	for _, root := range roots {
		for dir := root; ; dir = filepath.Dir(dir) {
			for _, candidate := range candidates() {
				if path := filepath.Join(dir, candidate); isFile(path) {
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

// candidates lists where the library may lie in a folder. The npm packages
// name it libchdb.so on every platform.
func candidates() []string {
	platform := map[string]string{
		"linux/amd64": "linux-x64-gnu", "linux/arm64": "linux-arm64-gnu",
		"darwin/amd64": "darwin-x64", "darwin/arm64": "darwin-arm64",
	}[runtime.GOOS+"/"+runtime.GOARCH]
	all := []string{filepath.Join("lib", "libchdb.so"), filepath.Join("lib", "libchdb.dylib")}
	if platform != "" {
		modules := filepath.Join("deploy", "node_modules", "@chdb", "lib-"+platform)
		all = append(all, filepath.Join(modules, "libchdb.so"), filepath.Join(modules, "libchdb.dylib"))
	}
	return all
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
