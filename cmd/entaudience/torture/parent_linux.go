package torture

import (
	"os/exec"
	"syscall"
)

// endWithParent has the kernel kill the process when the thread that starts it
// ends, however it ends.
func endWithParent(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
