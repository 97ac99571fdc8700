package config

import "fmt"

// Privacy configures what people are told, and how they object.
type Privacy struct {
	Controller string `yaml:"controller" env:"CONTROLLER" help:"Who is responsible for the measure, as named on /informations."`
	Contact    string `yaml:"contact" env:"CONTACT" help:"E-mail, web page or postal address where people ask and object, shown on /informations."`
	Signal     bool   `yaml:"gpc" env:"GPC" help:"Drop the hits of browsers that send Sec-GPC: 1, like those with optout=1."`
}

// Retention configures how long is kept what.
type Retention struct {
	RawWeeks    int `yaml:"raw_weeks" env:"RAW_WEEKS" help:"Weeks that raw events and visits are kept after their day and its last load, 2 to 13."`
	CellsMonths int `yaml:"cells_months" env:"CELLS_MONTHS" help:"Months that indicators are kept, 13 to 25."`
}

// validate holds the periods within what people are promised. The least is what
// a late week and a comparison with last year need.
func (r Retention) validate() []error {
	var wrong []error
	if r.RawWeeks < 2 || r.RawWeeks > 13 {
		wrong = append(wrong, fmt.Errorf("retention.raw_weeks: %d is not between 2 and 13", r.RawWeeks))
	}
	if r.CellsMonths < 13 || r.CellsMonths > 25 {
		wrong = append(wrong, fmt.Errorf("retention.cells_months: %d is not between 13 and 25", r.CellsMonths))
	}
	return wrong
}
