//go:build !((linux || darwin) && (amd64 || arm64))

package chdb

import (
	"fmt"
	"runtime"
)

// bind reports that libchdb is not made for this platform.
func bind(string, map[string]any) error {
	return fmt.Errorf("the embedded ClickHouse engine does not exist for %s/%s: set clickhouse.url to use a server", runtime.GOOS, runtime.GOARCH)
}

func heldElsewhere(string) bool { return false }
