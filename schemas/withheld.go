package schemas

// WeekCell is one cell of one establishment in a week, as disclosure control
// reads it.
type WeekCell struct {
	UAI      UAI
	Axe      Axe
	Modalite string
	Measures
}

// WithheldCell names a cell of a week that may not be shown: of an
// establishment, or of a territory whose own cell would give one away.
type WithheldCell struct {
	Scope
	Axe      Axe
	Modalite string
	FineOnly bool // the week may be shown; its days and hours may not
}

// Withholding is what was decided for one week.
type Withholding struct {
	Cells    []WithheldCell
	Total    uint64 // cells of establishments in the week
	Small    uint64 // those of fewer users than the threshold
	Withheld uint64 // those withheld, small ones included
}
