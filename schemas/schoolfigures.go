package schemas

// SchoolQuery asks for what each establishment of a territory did over some
// weeks, all of them summed into one line.
type SchoolQuery struct {
	Scope    Scope
	Period   Period // the weeks whose Monday lies in it
	Running  Week   // the first week that is not over: it has no part in Users
	Axe      Axe    // as stored: no profile filter is applied
	Modalite string
}

// SchoolFigures is one establishment over the weeks of a SchoolQuery. Those
// without any visit are not there, but for those that are withheld although
// nobody came: HiddenWeeks does not say which.
type SchoolFigures struct {
	UAI UAI
	// Directory is the year of the directory that placed the establishment: one
	// line per directory when the period spans several.
	Directory SchoolYear
	// Measures are the sums of the weeks that may be shown. Users, which counts
	// complete weeks only, is a "cumul hebdomadaire".
	Measures
	// Weeks are the complete weeks with a visit that may be shown, as their
	// rank from the first week of the query, ascending.
	Weeks []uint8
	// HiddenWeeks counts the weeks that may not be shown and are in no sum.
	HiddenWeeks uint64
}
