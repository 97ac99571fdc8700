package torture

import (
	"fmt"
	"syscall"
)

// mountSmall mounts a file system of so many bytes; most processes may not.
func mountSmall(folder string, size int) (unmount func(), err error) {
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0700", size)); err != nil {
		return nil, err
	}
	return func() { syscall.Unmount(folder, syscall.MNT_DETACH) }, nil //nolint:errcheck // it ends with the machine at the latest
}
