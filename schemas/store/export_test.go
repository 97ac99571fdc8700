package store

// SetPortions recomputes by portions of so many rows.
func (s *Store) SetPortions(most uint64) { s.mostEvents, s.mostVisits = most, most }
