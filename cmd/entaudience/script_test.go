package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/entaudience/entaudience/cmd/entaudience/config"
	"github.com/entaudience/entaudience/schemas/store/chdb"
)

// The commands of testdata/script beside those of testscript.

// patience bounds whatever a script waits for.
const patience = 60 * time.Second

// site is what the commands of one script share.
type site struct {
	base    time.Time // of {ts+milliseconds} in hits
	running map[string]*process

	browsers map[string]*http.Client // of persons, by name
	page     string                  // the last one that a person was answered
}

// siteKey finds it among the values of a script.
type siteKey struct{}

// process is a server that a script started.
type process struct {
	cmd   *exec.Cmd
	ended chan error
}

func siteOf(ts *testscript.TestScript) *site { return ts.Value(siteKey{}).(*site) }

// program is the program with the environment and the folder of the script.
func program(ctx context.Context, ts *testscript.TestScript, args []string) *exec.Cmd {
	var path string
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		path = filepath.Join(dir, "entaudience")
		if _, err := os.Stat(path); err == nil {
			break
		}
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = ts.MkAbs(".")
	names := []string{"PATH", "HOME", "TMPDIR", chdb.LibraryVariable}
	for _, k := range config.Reference() {
		names = append(names, k.Variable)
	}
	for _, k := range names {
		if v := ts.Getenv(k); v != "" {
			cmd.Env = append(cmd.Env, k+"="+v)
		}
	}
	return cmd
}

// exits CODE PATTERN ARGS… runs the program to its end. Its exit code is CODE
// and the last line of its standard error matches PATTERN (” = there is
// none); lines before that are log records. Output is left in stdout.txt and
// stderr.txt.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PATTERN ARGS...")
	}
	code, err := strconv.Atoi(args[0])
	ts.Check(err)
	ctx, cancel := context.WithTimeout(context.Background(), patience/2)
	defer cancel()
	cmd := program(ctx, ts, args[2:])
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	if ctx.Err() != nil {
		ts.Fatalf("still running after %s: %s", patience/2, stderr.String())
	}
	if _, failed := errors.AsType[*exec.ExitError](err); err != nil && !failed {
		ts.Fatalf("run: %v", err)
	}
	ts.Check(os.WriteFile(ts.MkAbs("stdout.txt"), stdout.Bytes(), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs("stderr.txt"), stderr.Bytes(), 0o600))
	if got := cmd.ProcessState.ExitCode(); got != code {
		ts.Fatalf("exit code %d, want %d\nstdout: %s\nstderr: %s", got, code, stdout.String(), stderr.String())
	}
	var said []string
	for line := range strings.Lines(stderr.String()) {
		if !json.Valid([]byte(line)) {
			said = append(said, strings.TrimSpace(line))
		}
	}
	switch {
	case args[1] == "" && len(said) > 0:
		ts.Fatalf("standard error: %s", stderr.String())
	case args[1] == "":
	case len(said) == 0 || !regexp.MustCompile(args[1]).MatchString(said[len(said)-1]):
		ts.Fatalf("the last line of standard error does not match %s: %s", args[1], stderr.String())
	case code == 1 && (len(said) != 1 || !strings.HasPrefix(said[0], "entaudience: ")):
		ts.Fatalf("an error is one line after the name of the program: %s", stderr.String())
	}
}

// start NAME ARGS… starts a server and waits until it says where it listens:
// $COLLECT and $SERVE are then its URLs, $COLLECT_ADDRESS and $SERVE_ADDRESS
// what comes after the scheme. Its log goes to NAME.log.
func start(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: start NAME ARGS...")
	}
	p := &process{cmd: program(context.Background(), ts, args[1:]), ended: make(chan error, 1)}
	log, err := os.OpenFile(ts.MkAbs(args[0]+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	ts.Check(err)
	stderr, err := p.cmd.StderrPipe()
	ts.Check(err)
	p.cmd.Stdout = log
	ts.Check(p.cmd.Start())
	siteOf(ts).running[args[0]] = p

	type listening struct{ what, address string }
	found := make(chan listening, 16)
	go func() {
		lines := bufio.NewScanner(stderr)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			log.Write(append(lines.Bytes(), '\n')) //nolint:errcheck // a test's log
			var record struct{ Msg, Address string }
			if json.Unmarshal(lines.Bytes(), &record) == nil && record.Address != "" {
				found <- listening{record.Msg, record.Address}
			}
		}
		err := p.cmd.Wait()
		log.Close() //nolint:errcheck // a test's log
		p.ended <- err
	}()
	missing := map[string]string{"collecting": "COLLECT", "serving": "SERVE"}
	switch args[1] {
	case "collect":
		delete(missing, "serving")
	case "serve":
		delete(missing, "collecting")
	}
	late := time.After(patience)
	for len(missing) > 0 {
		select {
		case l := <-found:
			if name, ok := missing[l.what]; ok {
				address := strings.TrimPrefix(l.address, "http://")
				ts.Setenv(name+"_ADDRESS", address)
				ts.Setenv(name, "http://"+address)
				delete(missing, l.what)
			}
		case err := <-p.ended:
			ts.Fatalf("%s ended: %v\n%s", args[0], err, ts.ReadFile(args[0]+".log"))
		case <-late:
			ts.Fatalf("%s does not listen after %s\n%s", args[0], patience, ts.ReadFile(args[0]+".log"))
		}
	}
}

// quit NAME asks a server to stop, as an init system does; it exits with 0.
func quit(ts *testscript.TestScript, neg bool, args []string) { end(ts, neg, args, syscall.SIGTERM) }

// kill9 NAME kills a server without warning.
func kill9(ts *testscript.TestScript, neg bool, args []string) { end(ts, neg, args, syscall.SIGKILL) }

func end(ts *testscript.TestScript, neg bool, args []string, signal syscall.Signal) {
	if neg || len(args) != 1 || siteOf(ts).running[args[0]] == nil {
		ts.Fatalf("usage: quit NAME or kill9 NAME, of a server that was started")
	}
	p := siteOf(ts).running[args[0]]
	delete(siteOf(ts).running, args[0])
	ts.Check(p.cmd.Process.Signal(signal))
	select {
	case err := <-p.ended:
		if signal == syscall.SIGTERM && err != nil {
			ts.Fatalf("%s: %v\n%s", args[0], err, ts.ReadFile(args[0]+".log"))
		}
	case <-time.After(patience):
		ts.Check(p.cmd.Process.Kill())
		<-p.ended
		ts.Fatalf("%s still runs %s after its signal\n%s", args[0], patience, ts.ReadFile(args[0]+".log"))
	}
}

// killAll ends what a failed script left.
func (s *site) killAll() {
	for _, p := range s.running {
		if p.cmd.Process.Kill() == nil {
			<-p.ended
		}
	}
}

// moment replaces {ts+MS} by the milliseconds of the script's time plus MS.
func (s *site) moment(text string) string {
	return regexp.MustCompile(`\{ts\+(\d+)\}`).ReplaceAllStringFunc(text, func(m string) string {
		offset, err := strconv.ParseInt(m[len("{ts+"):len(m)-1], 10, 64)
		if err != nil {
			return m
		}
		return strconv.FormatInt(s.base.UnixMilli()+offset, 10)
	})
}

const windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36"

// hit METHOD QUERY [USER-AGENT] sends a hit as the tag does; the answer is
// that of the plan, also for what is refused.
func hit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: hit METHOD PATH?QUERY [USER-AGENT]")
	}
	agent := windows
	if len(args) > 2 {
		agent = args[2]
	}
	response, body := ask(ts, args[0], ts.Getenv("COLLECT")+siteOf(ts).moment(args[1]), agent)
	switch {
	case args[0] == http.MethodPost && response.StatusCode == http.StatusNoContent && len(body) == 0:
	case args[0] == http.MethodGet && response.StatusCode == http.StatusOK && len(body) == 43 &&
		bytes.HasPrefix(body, []byte("GIF89a")) && response.Header.Get("Content-Type") == "image/gif":
	default:
		ts.Fatalf("answered %s %q with %d bytes", response.Status, response.Header.Get("Content-Type"), len(body))
	}
}

// get URL STATUS CONTENT-TYPE asks for a page and leaves it in body.txt.
func get(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: get URL STATUS CONTENT-TYPE")
	}
	response, body := ask(ts, http.MethodGet, args[0], "")
	ts.Check(os.WriteFile(ts.MkAbs("body.txt"), body, 0o600))
	if strconv.Itoa(response.StatusCode) != args[1] {
		ts.Fatalf("%s: answered %s: %.2000s", args[0], response.Status, body)
	}
	if media, _, _ := strings.Cut(response.Header.Get("Content-Type"), ";"); media != args[2] {
		ts.Fatalf("%s: Content-Type is %s", args[0], response.Header.Get("Content-Type"))
	}
}

func ask(ts *testscript.TestScript, method, url, agent string) (*http.Response, []byte) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, url, nil)
	ts.Check(err)
	r.Header.Set("User-Agent", agent)
	r.Close = true
	response, err := http.DefaultClient.Do(r)
	ts.Check(err)
	body, err := io.ReadAll(response.Body)
	ts.Check(errors.Join(err, response.Body.Close()))
	return response, body
}

// waitcomplete waits until /completude.json says that every accepted hit is in
// every indicator, and leaves it in body.txt.
func waitComplete(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: waitcomplete")
	}
	often := time.NewTicker(100 * time.Millisecond)
	defer often.Stop()
	late := time.After(patience)
	for {
		get(ts, false, []string{ts.Getenv("SERVE") + "/completude.json", "200", "application/json"})
		var state struct {
			EventsPending *int    `json:"events_pending"`
			DaysPending   *int    `json:"days_pending"`
			LastEvent     *string `json:"last_event"`
		}
		ts.Check(json.Unmarshal([]byte(ts.ReadFile("body.txt")), &state))
		if !strings.Contains(ts.ReadFile("body.txt"), `"events_pending"`) || state.DaysPending == nil || state.LastEvent == nil {
			ts.Fatalf("/completude.json lacks a key: %s", ts.ReadFile("body.txt"))
		}
		if state.EventsPending != nil && *state.EventsPending == 0 && // null while the queue does not answer
			*state.DaysPending == 0 {
			return
		}
		select {
		case <-often.C:
		case <-late:
			ts.Fatalf("not complete after %s: %s", patience, ts.ReadFile("body.txt"))
		}
	}
}

// waitlog NAME COUNT PATTERN waits until so many lines of a server's log match.
func waitLog(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 || siteOf(ts).running[args[0]] == nil {
		ts.Fatalf("usage: waitlog NAME COUNT PATTERN, of a server that was started")
	}
	count, err := strconv.Atoi(args[1])
	ts.Check(err)
	pattern := regexp.MustCompile(args[2])
	often := time.NewTicker(100 * time.Millisecond)
	defer often.Stop()
	late := time.After(patience)
	for len(pattern.FindAllString(ts.ReadFile(args[0]+".log"), -1)) < count {
		select {
		case <-often.C:
		case err := <-siteOf(ts).running[args[0]].ended:
			ts.Fatalf("%s ended: %v\n%s", args[0], err, ts.ReadFile(args[0]+".log"))
		case <-late:
			ts.Fatalf("%s has not said it after %s\n%s", args[0], patience, ts.ReadFile(args[0]+".log"))
		}
	}
}

// bom FILE takes away the byte order mark that the file must begin with.
func bom(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: bom FILE")
	}
	text, ok := strings.CutPrefix(ts.ReadFile(args[0]), "\ufeff")
	if !ok {
		ts.Fatalf("%s does not begin with a byte order mark", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}

// recording FILE writes recorded hits: each line of FILE is OFFSET-MS METHOD
// URL, and becomes a JSON line received at the script's time plus the offset.
func recording(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: recording FROM TO")
	}
	var out bytes.Buffer
	lines := json.NewEncoder(&out)
	lines.SetEscapeHTML(false)
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		f := strings.Fields(line)
		if len(f) != 3 { // a damaged line is recorded as it is
			out.WriteString(line)
			continue
		}
		ms, err := strconv.Atoi(f[0])
		ts.Check(err)
		ts.Check(lines.Encode(map[string]any{
			"received": siteOf(ts).base.Add(time.Duration(ms) * time.Millisecond), "method": f[1],
			"url": siteOf(ts).moment(f[2]), "user_agent": windows,
		}))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), out.Bytes(), 0o600))
}
