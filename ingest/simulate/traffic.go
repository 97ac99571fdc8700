package simulate

import (
	"cmp"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

// The shape of a visit. Together they give a mean of eight hits (domain §6).
const (
	bounces   = 0.13 // share of visits of one hit
	moreHits  = 7.75 // mean of an exponential, in the others
	mostHits  = 80
	sameApp   = 0.5   // the next hit is in the same application
	fromHome  = 0.65  // the first hit is on the home page
	pauses    = 0.008 // a gap of a quarter to three quarters of an hour
	repeated  = 0.002 // a proxy sends the hit again
	gapMedian = 28.0  // seconds between two hits
	gapSigma  = 0.9
	// perUser is the mean of visits of a person who uses the ENT, in an
	// ordinary week of classes.
	perUser = 1.8
	// otherDevice is the share of visits on a person's second device.
	otherDevice = 0.18
)

// event is one hit before it is written: a day of a region holds millions.
type event struct {
	ms     int64 // browser's clock, UTC
	person uint64
	member int32
	agent  uint8
	slot   uint8 // of the person's devices
	profil uint8
	app    uint8
	before uint8 // the application of the page that led here
	again  uint8 // 1 when it is the hit before, sent again
}

// Hits gives the hits of the visits that begin on a Paris day, in the order of
// their time. The same seed, scale and day give the same hits; a
// school's do not depend on which others are in the region. A visit may go on
// after midnight, but not into the next week: the hits of a week are its own.
func (r *Region) Hits(d schemas.Day) iter.Seq[Hit] {
	return func(yield func(Hit) bool) {
		events := r.events(d)
		w := writer{region: r}
		for i := range events {
			if !yield(w.hit(&events[i])) {
				return
			}
		}
	}
}

// profilePicker draws the profile of a visit.
var profilePicker = func() picker {
	var weights [profileCount]float64
	for p := range profiles {
		weights[p] = profiles[p].share
	}
	return newPicker(weights[:])
}()

// events makes those of a day, in the order of their time.
func (r *Region) events(d schemas.Day) []event {
	source := rand.NewPCG(0, 0)
	v := visits{region: r, rng: rand.New(source), until: d.Week().End().UnixMilli()}
	kind, start := kindOf(d), d.Start().UnixMilli()
	const hour = int64(time.Hour / time.Millisecond)
	shift := d.End().UnixMilli() - start - 24*hour // of the hours after three in a night of 23 or 25
	for i := range r.members {
		level := r.members[i].level(d)
		if level == 0 {
			continue
		}
		source.Seed(r.members[i].hash, uint64(d))
		v.member = i
		for p := range profileCount {
			week := 0.0
			for _, k := range [...]dayKind{schoolDay, schoolDay, wednesday, schoolDay, schoolDay, saturday, sunday} {
				week += dayFactor[p][k]
			}
			for range poisson(v.rng, v.weekly(p)*level*dayFactor[p][kind]/week) {
				h := int64(hourPickers[p][kind].pick(v.rng.Float64()))
				at := start + h*hour + v.rng.Int64N(hour)
				if h >= 3 {
					at += shift
				}
				v.visit(p, at)
			}
		}
	}
	sortEvents(v.events)
	return v.events
}

// sortEvents sorts by time, and alike in every region that holds the school.
func sortEvents(all []event) {
	slices.SortFunc(all, func(a, b event) int {
		return cmp.Or(cmp.Compare(a.ms, b.ms), cmp.Compare(a.person, b.person), cmp.Compare(a.app, b.app), cmp.Compare(a.again, b.again))
	})
}

// visits makes the events of one school after the other.
type visits struct {
	region *Region
	rng    *rand.Rand
	until  int64 // ms; events from then on are dropped
	member int
	events []event
}

// weekly is the mean of visits of a profile in an ordinary week of classes.
func (v *visits) weekly(p profile) float64 {
	return v.region.members[v.member].visits * v.region.scale * profiles[p].share
}

// visit makes the events of one visit.
func (v *visits) visit(p profile, ms int64) {
	m := &v.region.members[v.member]
	rng := v.rng
	pool := min(max(1, int(math.Round(v.weekly(p)/perUser))), m.people(p))
	// The first persons of the pool come often, the last ones seldom.
	rank := int(float64(pool) * math.Pow(rng.Float64(), 1.6))
	person := mix(m.hash + uint64(p)<<32 + uint64(rank))
	e := event{person: person, member: int32(v.member), profil: uint8(p), ms: ms}
	if rng.Float64() < otherDevice {
		e.slot = 1
	}
	e.agent = uint8(agentPickers[p].pick(unit(mix(person + uint64(e.slot)))))
	n := 1
	if rng.Float64() >= bounces {
		n = min(2+int(rng.ExpFloat64()*v.region.moreHits()), mostHits)
	}
	pick := &appPickers[p]
	if m.number != "" {
		pick = &nativePickers[p]
	}
	for i := range n {
		e.before = e.app
		switch {
		case i == 0 && rng.Float64() < fromHome:
			e.app = home
		case i > 0 && apps[e.app].tool == "" && rng.Float64() < sameApp:
		default:
			e.app = uint8(pick.pick(rng.Float64()))
		}
		if i > 0 {
			e.ms += v.gap()
		}
		if e.ms >= v.until {
			return
		}
		v.events = append(v.events, e)
		if m.number == "" && rng.Float64() < repeated {
			again := e
			again.again = 1
			v.events = append(v.events, again)
		}
	}
}

// moreHits is the mean of the exponential that gives the visits of the region
// their hits: moreHits, or less for shorter ones. A floor takes half a hit away.
func (r *Region) moreHits() float64 {
	const shortest = bounces + 2*(1-bounces)
	const mean = shortest + (1-bounces)*(moreHits-0.5)
	return max(0.5, (r.hits*mean-shortest)/(1-bounces)+0.5)
}

// gap is the time between two hits of a visit, in milliseconds. Some pauses are
// the half hour that ends a visit, and some a millisecond less.
func (v *visits) gap() int64 {
	if v.rng.Float64() < pauses {
		const quarter = int64(15 * time.Minute / time.Millisecond)
		switch v.rng.IntN(8) {
		case 0:
			return 2 * quarter
		case 1:
			return 2*quarter - 1
		}
		return quarter + v.rng.Int64N(2*quarter)
	}
	return 400 + int64(1000*gapMedian*math.Exp(gapSigma*v.rng.NormFloat64()))
}

// people is how many of a profile a school has.
func (m *member) people(p profile) int {
	switch p {
	case eleve:
		return m.pupils
	case parent:
		return m.pupils * 13 / 10
	case enseignant:
		return 1 + m.pupils/22
	case admin:
		return 1 + m.pupils/150
	}
	return 2
}

// unit maps a hash to [0,1).
func unit(x uint64) float64 { return float64(x>>11) / (1 << 53) }

// poisson draws the number of visits of which mean are expected.
func poisson(rng *rand.Rand, mean float64) int {
	if mean > 50 {
		return max(0, int(math.Round(mean+math.Sqrt(mean)*rng.NormFloat64())))
	}
	n, left := 0, rng.ExpFloat64()
	for left < mean {
		n++
		left += rng.ExpFloat64()
	}
	return n
}
