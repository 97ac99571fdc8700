package chdb

// Opened is how many connections were ever opened.
func (e *Engine) Opened() int64 { return e.names.Load() }
