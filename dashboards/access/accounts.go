package access

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"github.com/entaudience/entaudience/schemas"
)

// Account is one of the local accounts.
type Account struct {
	Login   string    `json:"login"`
	Name    string    `json:"name"`
	Access  string    `json:"access"`  // grants
	Hash    string    `json:"hash"`    // argon2id, with its parameters and salt
	Changed time.Time `json:"changed"` // of the password: sessions begun before are over
}

// Accounts are a file of the data folder that its owner alone may read.
// Commands change it, a running server sees the change at the next request.
// It is safe for concurrent use, also by several processes.
type Accounts struct {
	path    string
	clock   func() time.Time
	hashing *argon2id.Params // of new passwords

	mu   sync.Mutex
	seen stamp
	all  map[string]Account
}

// OpenAccounts is the accounts of a data folder; none is made.
func OpenAccounts(folder string, clock func() time.Time) *Accounts {
	return &Accounts{path: filepath.Join(folder, "accounts.json"), clock: clock, hashing: hashing}
}

// hashing is what OWASP asks of argon2id when 64 MiB can be spared: some 50 ms.
var hashing = &argon2id.Params{Memory: 64 << 10, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// Bounds of a password: short ones are guessed, longer ones are a burden on
// the hash and on nobody else.
const (
	passwordRunes = 12
	passwordBytes = 256
)

var loginForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@-]{0,99}$`)

func checkPassword(password string) error {
	switch {
	case utf8.RuneCountInString(password) < passwordRunes:
		return schemas.Refuse("Un mot de passe fait %d caractères au moins.", passwordRunes)
	case len(password) > passwordBytes:
		return schemas.Refuse("Un mot de passe fait %d octets au plus.", passwordBytes)
	}
	return nil
}

// Add makes an account. The error is Invalid when the login is taken or badly
// formed, the password too short, or the grants are not grants.
func (a *Accounts) Add(login, name, grants, password string) error {
	if !loginForm.MatchString(login) {
		return schemas.Refuse("« %.40s » n'est pas un identifiant : lettres sans accent, chiffres, point, tiret, @.", login)
	}
	g, err := ParseGrants(grants)
	if err != nil {
		return err
	}
	hash, err := a.hashOf(password)
	if err != nil {
		return err
	}
	return a.change(func(all map[string]Account) error {
		if _, taken := all[login]; taken {
			return schemas.Refuse("Le compte « %s » existe déjà.", login)
		}
		all[login] = Account{login, name, g.String(), hash, a.clock().UTC()}
		return nil
	})
}

func (a *Accounts) hashOf(password string) (string, error) {
	if err := checkPassword(password); err != nil {
		return "", err
	}
	return argon2id.CreateHash(password, a.hashing)
}

// Remove forgets an account; its sessions are over. The error is NotFound.
func (a *Accounts) Remove(login string) error {
	return a.change(func(all map[string]Account) error {
		if _, ok := all[login]; !ok {
			return noAccount(login)
		}
		delete(all, login)
		return nil
	})
}

// SetPassword changes a password and ends the sessions begun before. The
// error is NotFound, or Invalid.
func (a *Accounts) SetPassword(login, password string) error {
	hash, err := a.hashOf(password)
	if err != nil {
		return err
	}
	return a.edit(login, func(one *Account) { one.Hash, one.Changed = hash, a.clock().UTC() })
}

// SetGrants replaces what an account may see and do. The error is NotFound,
// or Invalid.
func (a *Accounts) SetGrants(login, grants string) error {
	g, err := ParseGrants(grants)
	if err != nil {
		return err
	}
	return a.edit(login, func(one *Account) { one.Access = g.String() })
}

func (a *Accounts) edit(login string, do func(*Account)) error {
	return a.change(func(all map[string]Account) error {
		one, ok := all[login]
		if !ok {
			return noAccount(login)
		}
		do(&one)
		all[login] = one
		return nil
	})
}

func noAccount(login string) error {
	return schemas.Missing("Il n'y a pas de compte « %.40s ».", login)
}

// List gives every account by login.
func (a *Accounts) List() ([]Account, error) {
	all, err := a.read()
	list := make([]Account, 0, len(all))
	for _, one := range all {
		list = append(list, one)
	}
	slices.SortFunc(list, func(x, y Account) int { return cmp.Compare(x.Login, y.Login) })
	return list, err
}

// find gives one account, read again when the file has changed.
func (a *Accounts) find(login string) (Account, bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now, err := stampOf(a.path)
	if errors.Is(err, fs.ErrNotExist) {
		a.all, a.seen = nil, stamp{}
		return Account{}, false, nil
	}
	if err == nil && (a.all == nil || now != a.seen) {
		a.all, err = a.read()
		a.seen = now
	}
	if err != nil {
		a.all = nil
		return Account{}, false, schemas.WithKind(schemas.Unavailable, fmt.Errorf("accounts: %w", err))
	}
	one, ok := a.all[login]
	return one, ok, nil
}

func (a *Accounts) read() (map[string]Account, error) {
	text, err := os.ReadFile(a.path)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]Account{}, nil
	}
	if err != nil {
		return nil, err
	}
	all := map[string]Account{}
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("%s: %w", a.path, err)
	}
	return all, nil
}

// change edits the file under a lock, and replaces it whole.
func (a *Accounts) change(do func(map[string]Account) error) error {
	if err := os.MkdirAll(filepath.Dir(a.path), 0o755); err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	lock, err := os.OpenFile(a.path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	defer lock.Close() // and so unlocks
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("accounts: lock: %w", err)
	}
	all, err := a.read()
	if err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	if err := do(all); err != nil {
		return err
	}
	text, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	if err := replaceFile(a.path, append(text, '\n')); err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	return nil
}
