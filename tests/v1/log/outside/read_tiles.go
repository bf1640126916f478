// Reads a log by its tiles with the library of the Go project, and proves its first entries.
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run read_tiles.go URL KEY COUNT
package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

type reader struct{ prefix string }

func (r *reader) Height() int { return height }

func (r *reader) SaveTiles(tiles []tlog.Tile, data [][]byte) {}

func (r *reader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, tile := range tiles {
		// Go writes the height into the path: tile/8/0/001.
		data = append(data, get(r.prefix+"/tile/"+strings.TrimPrefix(tile.Path(), "tile/8/")))
	}
	return data, nil
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 4 {
		log.Fatal("read_tiles URL KEY COUNT")
	}
	prefix := os.Args[1]
	verifier, err := note.NewVerifier(os.Args[2])
	refuse(err)
	count, err := strconv.ParseInt(os.Args[3], 10, 64)
	refuse(err)
	opened, err := note.Open(get(prefix+"/checkpoint"), note.VerifierList(verifier))
	refuse(err)
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	refuse(err)
	root, err := tlog.ParseHash(lines[2])
	refuse(err)
	hashes := tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, &reader{prefix})
	bundles := map[int64][][]byte{}
	for index := int64(0); index < count; index++ {
		proof, err := tlog.ProveRecord(size, index, hashes)
		refuse(err)
		bundle := index / 256
		if bundles[bundle] == nil {
			bundles[bundle] = readBundle(prefix, bundle, size)
		}
		leaf := tlog.RecordHash(bundles[bundle][index%256])
		refuse(tlog.CheckRecord(proof, size, root, index, leaf))
	}
	_, err = tlog.ProveTree(size, size/2, hashes)
	refuse(err)
	fmt.Printf("%d entries of %d\n", count, size)
}

func readBundle(prefix string, number int64, size int64) [][]byte {
	width := int(size - number*256)
	if width > 256 {
		width = 256
	}
	path := tlog.Tile{H: height, L: 0, N: number, W: width}.Path()
	data := get(prefix + "/tile/entries/" + strings.TrimPrefix(path, "tile/8/0/"))
	var entries [][]byte
	for len(data) > 0 {
		length := int(binary.BigEndian.Uint16(data))
		entries = append(entries, data[2:2+length])
		data = data[2+length:]
	}
	return entries
}

func get(url string) []byte {
	answer, err := http.Get(url)
	refuse(err)
	defer answer.Body.Close()
	if answer.StatusCode != 200 {
		log.Fatal(url, ": ", answer.Status)
	}
	data, err := io.ReadAll(answer.Body)
	refuse(err)
	return data
}

func refuse(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
