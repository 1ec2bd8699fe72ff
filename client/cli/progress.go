package cli

import (
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// Watched reports whether a person reads along, on a terminal, how far something is.
func (c *Context) Watched() bool { return terminal(c.Errs) }

// Bar shows on a terminal how far a transfer is. Report may be called from when the size is known, end always must be.
// Elsewhere nothing is shown.
func (c *Context) Bar(name string) (report func(done, total int64), end func()) {
	if !c.Watched() {
		return nil, func() {}
	}
	return c.bar(name, decor.CountersKibiByte("% .1f / % .1f"))
}

// Count is Bar for things that are counted one by one; report may be called always.
func (c *Context) Count(name string) (report func(done, total int64), end func()) {
	if !c.Watched() {
		return func(int64, int64) {}, func() {}
	}
	return c.bar(name, decor.CountersNoUnit("%d / %d"))
}

func (c *Context) bar(name string, counters decor.Decorator) (report func(done, total int64), end func()) {
	bars := mpb.New(mpb.WithOutput(c.Errs), mpb.WithWidth(40))
	var bar *mpb.Bar
	report = func(done, total int64) {
		if bar == nil {
			bar = bars.AddBar(total,
				mpb.PrependDecorators(decor.Name(clean(name)+" ")),
				mpb.AppendDecorators(counters))
		}
		bar.SetCurrent(done)
	}
	end = func() {
		if bar != nil {
			bar.Abort(false) // unless it is full
		}
		bars.Wait()
	}
	return report, end
}

// working turns a wheel on a terminal while something runs that cannot say how far it is.
func (c *Context) working(name string, do func() error) error {
	if !c.Watched() {
		return do()
	}
	bars := mpb.New(mpb.WithOutput(c.Errs), mpb.WithWidth(1))
	wheel := bars.AddSpinner(0, mpb.AppendDecorators(decor.Name(" "+clean(name)), decor.Elapsed(decor.ET_STYLE_GO, decor.WC{W: 6})))
	err := do()
	wheel.Abort(true)
	bars.Wait()
	return err
}
