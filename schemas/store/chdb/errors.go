package chdb

import (
	"net/http"
	"regexp"
	"strconv"
)

// Error is what the engine said of a statement.
type Error struct {
	// Code is of ClickHouse's list of error codes; 0 = none given.
	Code int
	// Message begins with "Code: 60. DB::Exception: " where the engine wrote it.
	Message string
}

// Error is the message, unchanged.
func (e *Error) Error() string { return e.Message }

var codePattern = regexp.MustCompile(`^Code: (\d+)\. `)

// newError reads a message of the engine.
func newError(message string) *Error {
	e := &Error{Message: message}
	if m := codePattern.FindStringSubmatch(message); m != nil {
		e.Code, _ = strconv.Atoi(m[1]) //nolint:errcheck // the pattern is digits
	}
	return e
}

// Codes of errors that are found here, before the engine sees the statement.
const (
	codeBadArguments   = 36
	codeNotImplemented = 48
	codeSyntax         = 62
	codeUnknownSetting = 115
)

// refuse is an error found here, worded as the engine words its own.
func refuse(code int, message string) *Error {
	return &Error{Code: code, Message: "Code: " + strconv.Itoa(code) + ". DB::Exception: " + message}
}

// status is what a server answers with for the error.
func (e *Error) status() int {
	switch e.Code {
	case codeSyntax, codeBadArguments:
		return http.StatusBadRequest
	case codeNotImplemented:
		return http.StatusNotImplemented
	case 46, 47, 50, 56, 60, 63, 73, 81, codeUnknownSetting: // unknown function, name, type, engine, table, aggregate, format, database, setting
		return http.StatusNotFound
	}
	return http.StatusInternalServerError
}
