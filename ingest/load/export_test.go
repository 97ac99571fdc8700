package load

import "time"

// SetTimeout bounds the storing of one batch.
func (l *Loader) SetTimeout(d time.Duration) { l.timeout = d }
