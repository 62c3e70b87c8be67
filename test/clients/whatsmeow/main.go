// A client on whatsmeow, unchanged, for a conversation with the sandbox. It links by code, tells of each message that it can read
// in a line of JSON, and sends what it reads from its input: "CHAT TEXT" in each line.
package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"

	_ "github.com/mattn/go-sqlite3"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/store/sqlstore"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	waLog "go.mau.fi/whatsmeow/util/log"
	"google.golang.org/protobuf/proto"
)

func tell(what map[string]any) {
	line, _ := json.Marshal(what)
	fmt.Println(string(line))
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Leads every connection to the sandbox, without TLS.
func leadTo(address string) *http.Client {
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	return &http.Client{Transport: &http.Transport{DialContext: dial, DialTLSContext: dial}}
}

func handle(event any) {
	switch e := event.(type) {
	case *events.Connected:
		tell(map[string]any{"event": "connected"})
	case *events.UndecryptableMessage:
		tell(map[string]any{"event": "undecryptable", "id": e.Info.ID})
	case *events.Message:
		text := e.Message.GetConversation() + e.Message.GetExtendedTextMessage().GetText()
		tell(map[string]any{"event": "message", "chat": e.Info.Chat.String(), "text": text})
	}
}

func main() {
	address, rootKey := os.Args[1], os.Args[2]
	key, err := base64.StdEncoding.DecodeString(rootKey)
	check(err)
	copy(whatsmeow.WACertPubKey[:], key)
	ctx := context.Background()
	log := waLog.Noop
	if os.Getenv("DEBUG") != "" {
		log = waLog.Stdout("client", "DEBUG", false)
	}
	container, err := sqlstore.New(ctx, "sqlite3", "file::memory:?cache=shared&_foreign_keys=on", log)
	check(err)
	client := whatsmeow.NewClient(container.NewDevice(), log)
	client.SetWebsocketHTTPClient(leadTo(address))
	client.SetPreLoginHTTPClient(leadTo(address))
	client.AddEventHandler(handle)
	codes, err := client.GetQRChannel(ctx)
	check(err)
	check(client.Connect())
	go func() {
		for item := range codes {
			if item.Event == whatsmeow.QRChannelEventCode {
				tell(map[string]any{"event": "qr", "code": item.Code})
			}
		}
	}()
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		chat, text, _ := strings.Cut(input.Text(), " ")
		jid, err := types.ParseJID(chat)
		check(err)
		_, err = client.SendMessage(ctx, jid, &waE2E.Message{Conversation: proto.String(text)})
		check(err)
		tell(map[string]any{"event": "sent", "text": text})
	}
	client.Disconnect()
}
