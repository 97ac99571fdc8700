//go:build !linux

package torture

import "errors"

func mountSmall(string, int) (unmount func(), err error) {
	return nil, errors.ErrUnsupported
}
