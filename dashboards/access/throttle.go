package access

import (
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
)

// throttle slows down whoever guesses passwords: failures spend what a login
// and an address have, and time gives it back. It is safe for concurrent use.
type throttle struct {
	mu        sync.Mutex
	logins    *lru.Cache[string, *rate.Limiter]
	addresses *lru.Cache[string, *rate.Limiter]
}

// What may be spent at once, and how fast it comes back. Many people of one
// building share an address.
const (
	loginBurst   = 5
	loginEvery   = time.Minute
	addressBurst = 20
	addressEvery = 10 * time.Second
	// How many of each are remembered.
	throttled = 10_000
)

func newThrottle() (*throttle, error) {
	logins, err := lru.New[string, *rate.Limiter](throttled)
	if err != nil {
		return nil, err
	}
	addresses, err := lru.New[string, *rate.Limiter](throttled)
	if err != nil {
		return nil, err
	}
	return &throttle{logins: logins, addresses: addresses}, nil
}

func limiter(of *lru.Cache[string, *rate.Limiter], key string, every time.Duration, burst int) *rate.Limiter {
	l, ok := of.Get(key)
	if !ok {
		l = rate.NewLimiter(rate.Every(every), burst)
		of.Add(key, l)
	}
	return l
}

// take spends an attempt; false says to come back later. success gives the
// login's attempts back.
func (t *throttle) take(login, address string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	byLogin := limiter(t.logins, login, loginEvery, loginBurst)
	byAddress := limiter(t.addresses, address, addressEvery, addressBurst)
	if byLogin.TokensAt(now) < 1 || byAddress.TokensAt(now) < 1 {
		return false
	}
	byLogin.AllowN(now, 1)
	byAddress.AllowN(now, 1)
	return true
}

func (t *throttle) success(login string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.logins.Remove(login)
}
