// Checks the proof of an answer with the transparency log library of the Go project. It shares no code with ours.
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run verify_proof.go ANSWER PROOF KEY
//
// Debian: golang-go, golang-golang-x-mod-dev. docs/readers/proofs.md says what the three files are.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type Proof struct {
	Statement  string
	Checkpoint string
	Entries    []struct {
		Entry string
		Proof []string
	}
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 4 {
		log.Fatal("verify_proof ANSWER PROOF KEY")
	}
	answer, key := readFile(os.Args[1]), strings.TrimSpace(string(readFile(os.Args[3])))
	var saved struct{ Data Proof }
	refuse(json.Unmarshal(readFile(os.Args[2]), &saved))
	verifier, err := note.NewVerifier(key)
	refuse(err)

	statement := openLines(saved.Data.Statement, verifier, 5)
	if digest := sha256.Sum256(answer); statement[1] != "answer" || statement[4] != hex.EncodeToString(digest[:]) {
		log.Fatal("the statement is of another answer")
	}
	checkpoint := openLines(saved.Data.Checkpoint, verifier, 3)
	size, err := strconv.ParseInt(checkpoint[1], 10, 64)
	refuse(err)
	root, err := tlog.ParseHash(checkpoint[2])
	refuse(err)
	for _, proved := range saved.Data.Entries {
		refuse(checkEntry(proved.Entry, proved.Proof, size, root))
	}
	fmt.Printf("%d entries of %d\n", len(saved.Data.Entries), size)
}

func checkEntry(entry string, hashes []string, size int64, root tlog.Hash) error {
	var numbered struct{ Seq int64 }
	if err := json.Unmarshal([]byte(entry), &numbered); err != nil {
		return err
	}
	path := make(tlog.RecordProof, len(hashes))
	for number, text := range hashes {
		hash, err := hex.DecodeString(text)
		if err != nil || len(hash) != tlog.HashSize {
			return fmt.Errorf("%q is no hash", text)
		}
		copy(path[number][:], hash)
	}
	// The log counts from 1, the tree from 0.
	return tlog.CheckRecord(path, size, root, numbered.Seq-1, tlog.RecordHash([]byte(entry)))
}

// openLines returns the lines of a signed note whose first line is the name of the log.
func openLines(signed string, verifier note.Verifier, count int) []string {
	opened, err := note.Open([]byte(signed), note.VerifierList(verifier))
	refuse(err)
	lines := strings.Split(strings.TrimSuffix(opened.Text, "\n"), "\n")
	if len(lines) != count || lines[0] != verifier.Name() {
		log.Fatal("the note is of another log or form")
	}
	return lines
}

func readFile(path string) []byte {
	content, err := os.ReadFile(path)
	refuse(err)
	return content
}

func refuse(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
