//go:build !torture_clock

package main

import "time"

// wallClock is the clock of all stages. A build that no operator makes has one
// that a test can set, forward and back, as the clock of a machine is set.
func wallClock() func() time.Time { return time.Now }
