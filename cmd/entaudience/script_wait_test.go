package main

import (
	"regexp"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// waitFor URL REGEXP asks for JSON until it matches, and leaves it in body.txt.
func waitFor(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: waitfor URL REGEXP")
	}
	wanted, err := regexp.Compile(args[1])
	ts.Check(err)
	often := time.NewTicker(100 * time.Millisecond)
	defer often.Stop()
	late := time.After(patience)
	for {
		get(ts, false, []string{args[0], "200", "application/json"})
		if wanted.MatchString(ts.ReadFile("body.txt")) {
			return
		}
		select {
		case <-often.C:
		case <-late:
			ts.Fatalf("%s never said %s: %s", args[0], args[1], ts.ReadFile("body.txt"))
		}
	}
}
