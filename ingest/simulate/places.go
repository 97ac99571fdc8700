package simulate

// departement is the shape of one département: how many circonscriptions,
// public primary schools and pupils the real one has (directory of
// 2024-12-01), and the rough ellipse it covers.
type departement struct {
	code, name     string
	academie       string
	circos         int
	schools        int
	pupils         int
	lat, lon       float64 // centre, degrees
	latR, lonR     float64 // half axes, degrees
	postal         int     // postal codes begin here
	enrolled       float64 // share of schools enrolled in the ENT, invented
	eagerness      float64 // how much their people use it, 1 = the mean; invented
	priorityPerMil int     // schools in REP or REP+, per thousand
}

const (
	regionCode = "76"
	regionName = "Occitanie"
)

var academies = map[string]string{"11": "Montpellier", "16": "Toulouse"}

var departements = []departement{
	{"009", "Ariège", "16", 4, 159, 10_584, 42.98, 1.52, 0.18, 0.38, 9_000, 0.31, 0.8, 50},
	{"011", "Aude", "11", 6, 340, 28_137, 43.15, 2.45, 0.20, 0.48, 11_000, 0.35, 0.9, 30},
	{"012", "Aveyron", "16", 5, 250, 15_765, 44.30, 2.60, 0.32, 0.42, 12_000, 0.40, 1.15, 45},
	{"030", "Gard", "11", 12, 537, 61_210, 43.96, 4.25, 0.24, 0.36, 30_000, 0.33, 0.85, 140},
	{"031", "Haute-Garonne", "16", 24, 795, 119_191, 43.45, 1.25, 0.30, 0.36, 31_000, 0.38, 1.2, 78},
	{"032", "Gers", "16", 4, 187, 12_321, 43.68, 0.45, 0.22, 0.45, 32_000, 0.43, 1.25, 11},
	{"034", "Hérault", "11", 20, 609, 95_811, 43.58, 3.45, 0.20, 0.45, 34_000, 0.34, 0.95, 118},
	{"046", "Lot", "16", 4, 175, 10_763, 44.62, 1.65, 0.26, 0.38, 46_000, 0.41, 1.05, 0},
	{"048", "Lozère", "11", 3, 81, 4_031, 44.50, 3.50, 0.26, 0.32, 48_000, 0.44, 1.3, 0},
	{"065", "Hautes-Pyrénées", "16", 5, 208, 14_766, 43.12, 0.15, 0.22, 0.26, 65_000, 0.36, 0.9, 24},
	{"066", "Pyrénées-Orientales", "11", 8, 285, 38_123, 42.62, 2.55, 0.14, 0.42, 66_000, 0.29, 0.7, 144},
	{"081", "Tarn", "16", 6, 270, 26_732, 43.80, 2.15, 0.20, 0.34, 81_000, 0.37, 1.1, 63},
	{"082", "Tarn-et-Garonne", "16", 6, 208, 21_415, 44.05, 1.28, 0.17, 0.32, 82_000, 0.35, 1.0, 82},
}

// sizeShape is the size of a school at each quantile, relative to the mean of
// its département; log-linear in between. With the real means it gives the
// real quantiles of the region (p10 22, median 90, p90 233, max 486) within
// the tolerance the tests state.
var sizeShape = []struct{ q, x float64 }{
	{0, 0.10}, {0.10, 0.255}, {0.25, 0.48}, {0.50, 0.87}, {0.75, 1.36}, {0.90, 1.93}, {0.99, 2.72}, {1, 3.4},
}

// The bounds of a school's pupils.
const (
	minPupils = 6
	maxPupils = 486
)
