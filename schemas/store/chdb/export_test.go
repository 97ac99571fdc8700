package chdb

// Closed is how many connections were closed, beside those that wait to be used;
// ok is false while any is in use.
func (e *Engine) Closed() (n int64, ok bool) {
	const anchor = 1
	return e.names.Load() - anchor - int64(len(e.free)), len(e.slots) == 0
}
