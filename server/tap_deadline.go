package server

import (
	"context"
	"reflect"
	"time"
	"unsafe"
)

// stopDeadline stops the timer that gRPC has started for the deadline of a call, when a tap refuses the call. gRPC leaves it
// running (1.85, internal/transport/http2_server.go, operateHeaders: the other refusals there cancel the context), so that half
// a kilobyte of each refused call would stay until its deadline passes: for as long as whoever sends it pleases, and ten
// thousand may be refused a second. The timer is out of reach but for reflection. Where context keeps it elsewhere nothing
// happens; a test says so.
func stopDeadline(ctx context.Context) {
	for v := reflect.ValueOf(ctx); v.Kind() == reflect.Pointer && v.Elem().Kind() == reflect.Struct; {
		if timer := v.Elem().FieldByName("timer"); timer.IsValid() && timer.Type() == reflect.TypeFor[*time.Timer]() {
			if !timer.IsNil() { // the deadline has passed already
				(*time.Timer)(unsafe.Pointer(timer.UnsafePointer())).Stop()
			}
			return
		}
		within := v.Elem().FieldByName("Context")
		if !within.IsValid() || within.Kind() != reflect.Interface {
			return
		}
		v = within.Elem()
	}
}
