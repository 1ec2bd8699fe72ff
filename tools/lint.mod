module github.com/meritindex/merit/tools/lint

go 1.26
