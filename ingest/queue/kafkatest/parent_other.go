//go:build !linux

package kafkatest

import "os/exec"

// endWithParent can do nothing here: a broker outlives a test binary that is
// killed.
func endWithParent(*exec.Cmd) {}
