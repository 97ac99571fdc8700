package torture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/entaudience/entaudience/ingest/queue/kafkatest"
	"github.com/entaudience/entaudience/ingest/reference"
	"github.com/entaudience/entaudience/schemas"
)

// patience bounds every wait for something that must come.
const patience = 2 * time.Minute

// site is a running installation.
type site struct {
	t       testing.TB
	o       Options
	folder  string
	environ []string
	stages  []*stage // in the order of starting
	proxy   *proxy   // nil when the engine is in the process
	collect string   // address
	serve   string   // address
	engine  *http.Client
	query   string // URL of the engine, reached beside the proxy
	brokers []string
	disk    string // what bounds the spool, for the report
	schools []schemas.UAI
}

func newSite(t testing.TB, o Options) *site {
	s := &site{t: t, o: o, folder: t.TempDir(), collect: freeAddress(t), serve: freeAddress(t)}
	for n := range 8 {
		digits := fmt.Sprintf("031%04d", n+1)
		value, err := strconv.Atoi(digits)
		if err != nil {
			t.Fatal(err)
		}
		s.schools = append(s.schools, schemas.UAI(digits+"ABCDEFGHJKLMNPRSTUVWXYZ"[value%23:value%23+1]))
	}
	t.Cleanup(s.end)
	s.set("LIBCHDB", o.Library)
	for _, name := range []string{"PATH", "HOME", "TMPDIR"} {
		if v := os.Getenv(name); v != "" {
			s.environ = append(s.environ, name+"="+v)
		}
	}
	s.set("COLLECT_LISTEN", s.collect)
	s.set("SERVE_LISTEN", s.serve)
	s.set("DISCLOSURE_THRESHOLD", "0")
	return s
}

func (s *site) set(key, value string) { s.environ = append(s.environ, "ENTAUDIENCE_"+key+"="+value) }

// freeAddress chooses a port below those of outgoing connections, so that a
// process that is down finds it free again.
func freeAddress(t testing.TB) string {
	for range 1000 {
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(12_000+mathrand.IntN(8_000)))
		if listener, err := net.Listen("tcp", address); err == nil {
			listener.Close() //nolint:errcheck // it was only asked for
			return address
		}
	}
	t.Fatal("no free port")
	return ""
}

// add makes a stage and runs it.
func (s *site) add(name string, environ []string, command ...string) *stage {
	st := &stage{name: name, command: command, environ: environ, log: filepath.Join(s.folder, name+".log")}
	s.stages = append(s.stages, st)
	st.run()
	return st
}

// embedded is everything in one process.
func (s *site) embedded() {
	data := filepath.Join(s.folder, "data")
	s.set("DATA_DIR", data)
	// The socket lies in the data folder; its path must be short.
	socket := filepath.Join(data, "entaudience.sock")
	s.engine = &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
	}}
	s.query = "http://engine/"
	s.add("all", s.environ, s.o.Program, "all")
	s.until("the collector answers", func() bool { return s.listens(s.collect) })
	s.directory()
}

// distributed is a process for each stage, over a broker and an engine that
// are processes too.
func (s *site) distributed(kafka *kafkatest.Cluster) {
	engine := freeAddress(s.t)
	s.add("engine", s.environ, s.own(EngineCommand), filepath.Join(s.folder, "clickhouse"), engine)
	s.engine, s.query = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, "http://"+engine+"/"
	brokers, replicas := "", "1"
	if kafka != nil {
		brokers, replicas = strings.Join(kafka.Brokers(), ","), strconv.Itoa(len(kafka.Brokers()))
	} else {
		brokers = freeAddress(s.t)
		s.add("broker", s.environ, s.own(BrokerCommand), filepath.Join(s.folder, "kafka"), brokers)
		s.until("the broker answers", func() bool { return s.listens(brokers) })
	}
	s.brokers = strings.Split(brokers, ",")
	s.until("the engine answers", func() bool { return s.listens(engine) })
	var err error
	if s.proxy, err = newProxy(engine); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(s.proxy.close)
	s.set("KAFKA_BROKERS", brokers)
	s.set("CLICKHOUSE_URL", "http://"+s.proxy.address()+"/default")
	data := filepath.Join(s.folder, "collector")
	s.set("DATA_DIR", data)
	if !s.o.DefaultSpool {
		s.smallDisk(data)
	}
	s.command("migrate", "--replicas", replicas)
	s.directory()
	for _, name := range []string{"aggregate", "load", "collect", "serve"} {
		s.add(name, s.environ, s.o.Program, name)
	}
	s.until("the collector answers", func() bool { return s.listens(s.collect) })
	s.until("the pages answer", func() bool { return s.listens(s.serve) })
}

// smallDisk gives the collector a disk that its spool fills within seconds, or
// where that is not allowed, a spool as small.
func (s *site) smallDisk(folder string) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		s.t.Fatal(err)
	}
	const size = 192 << 10
	if unmount, err := mountSmall(folder, size); err == nil {
		s.t.Cleanup(unmount)
		s.disk = fmt.Sprintf("a disk of %d kB", size>>10)
		return
	}
	s.set("COLLECT_SPOOL_BYTES", strconv.Itoa(size))
	s.disk = fmt.Sprintf("a spool of %d kB", size>>10)
}

// own is this test binary under another name.
func (s *site) own(command string) string {
	path, err := exec.LookPath(command)
	if err != nil {
		s.t.Fatal(err)
	}
	return path
}

// command runs a subcommand to its end.
func (s *site) command(args ...string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, s.o.Program, args...)
	cmd.Env = s.environ
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("%v: %v\n%s", args, err, out)
	}
}

// directory imports the schools, for the pages to show them.
func (s *site) directory() {
	s.t.Helper()
	schools := make([]schemas.School, 0, len(s.schools))
	for _, uai := range s.schools {
		schools = append(schools, schemas.School{
			UAI: uai, Name: "École " + string(uai), Commune: "Toulouse", CodePostal: "31000", Nature: "151",
			NatureLabel: "ECOLE DE NIVEAU ELEMENTAIRE", Secteur: "PU", Ministere: "MINISTERE DE L'EDUCATION NATIONALE",
			Region: "76", Academie: "16", DSDEN: "031", Open: true, Pupils: 90,
		})
	}
	region := schemas.Scope{Niveau: schemas.Region, Code: "76"}
	academie := schemas.Scope{Niveau: schemas.Academie, Code: "16"}
	var file bytes.Buffer
	err := reference.WriteAnnuaire(&file, schools, []schemas.Territory{
		{Scope: region, Name: "Occitanie"},
		{Scope: academie, Name: "Toulouse", Parent: region},
		{Scope: schemas.Scope{Niveau: schemas.DSDEN, Code: "031"}, Name: "Haute-Garonne", Parent: academie},
	})
	path := filepath.Join(s.folder, "annuaire.csv")
	if err == nil {
		err = os.WriteFile(path, file.Bytes(), 0o600)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.command("import", "annuaire", path)
}

func (s *site) listens(address string) bool {
	conn, err := net.DialTimeout("tcp", address, time.Second)
	if err == nil {
		conn.Close() //nolint:errcheck // it was only asked for
	}
	return err == nil
}

// until waits for a condition.
func (s *site) until(what string, condition func() bool) {
	s.t.Helper()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	late := time.After(patience)
	for !condition() {
		select {
		case <-again.C:
		case <-late:
			s.t.Fatalf("after %s it is still not so that %s", patience, what)
		}
	}
}

// ask runs a statement on the engine, beside the stages and the proxy.
func (s *site) ask(statement string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return fetch(ctx, s.engine, http.MethodPost, s.query+"?database=default", statement)
}

func fetch(ctx context.Context, client *http.Client, method, address, body string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	response, err := client.Do(r)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(response.Body)
	if err = errors.Join(err, response.Body.Close()); err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %.300s", address, response.Status, text)
	}
	return string(text), err
}

// get asks one of the two listeners.
func (s *site) get(address, path string, query url.Values) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return fetch(ctx, http.DefaultClient, http.MethodGet, "http://"+address+path+"?"+query.Encode(), "")
}

func (s *site) stage(name string) *stage {
	for _, st := range s.stages {
		if st.name == name {
			return st
		}
	}
	s.t.Fatal("no stage ", name)
	return nil
}

// stop stops what runs, last started first, and fails unless all end cleanly.
func (s *site) stop() {
	s.t.Helper()
	for i := len(s.stages) - 1; i >= 0; i-- {
		st := s.stages[i]
		if st.name == "engine" || st.name == "broker" {
			continue // they have no other end than a kill
		}
		if err := st.stop(patience); err != nil {
			s.t.Errorf("%v\n%s", err, st.tail())
		}
	}
}

// end kills what is left.
func (s *site) end() {
	for i := len(s.stages) - 1; i >= 0; i-- {
		s.stages[i].end()
	}
	if s.t.Failed() {
		for _, st := range s.stages {
			s.t.Logf("end of the log of %s:\n%s", st.name, st.tail())
		}
	}
}
