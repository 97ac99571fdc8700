//go:build torture_clock

package main

import (
	"os"
	"strings"
	"time"
)

// wallClock is as far off as the file TORTURE_CLOCK says now: "1h", "-30m". The
// reading has no monotonic part, so that what is measured with it jumps too.
func wallClock() func() time.Time {
	path := os.Getenv("TORTURE_CLOCK")
	return func() time.Time {
		text, err := os.ReadFile(path)
		if err != nil {
			panic(err)
		}
		off, err := time.ParseDuration(strings.TrimSpace(string(text)))
		if err != nil {
			panic(err)
		}
		return time.Now().Round(0).Add(off)
	}
}
