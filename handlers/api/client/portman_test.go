package client_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// object is a JSON object that these tests write.
type object map[string]any

// portman writes portman's settings: the tests that it makes, and what the requests name in their paths.
func (s *stage) portman(operations map[string][2]string) string {
	s.t.Helper()
	overwrites := []object{{"openApiOperation": "*::/*", "overwriteRequestHeaders": []object{
		{"key": "Idempotency-Key", "value": "{{$guid}}", "overwrite": true, "disable": false},
	}}}
	var sizes []object // of a checkpoint that is there
	for _, name := range []string{"from", "to"} {
		sizes = append(sizes, object{"key": name, "value": s.names["size"], "overwrite": true, "disable": false})
	}
	overwrites = append(overwrites, object{"openApiOperationId": "prove-consistency", "overwriteRequestQueryParams": sizes})
	for id, operation := range operations {
		var variables []object
		for name, value := range s.own(id, operation[0], operation[1]) {
			if strings.Contains(operation[1], "{"+name+"}") {
				variables = append(variables, object{"key": name, "value": value, "overwrite": true})
			}
		}
		if variables != nil {
			overwrites = append(overwrites, object{"openApiOperationId": id, "overwriteRequestPathVariables": variables})
		}
		if key, licensed := s.keys[id]; licensed {
			overwrites = append(overwrites, object{"openApiOperationId": id, "overwriteRequestSecurity": object{"apiKey": object{
				"key": "Authorization", "value": "License " + key, "in": "header",
			}}})
		}
		var members []object
		for name, value := range s.bodies[id] {
			members = append(members, object{"key": name, "value": value, "overwrite": true})
		}
		if members != nil {
			overwrites = append(overwrites, object{"openApiOperationId": id, "overwriteRequestBody": members})
		}
	}
	enabled := object{"enabled": true}
	// These answer with a file, and portman expects the JSON of a dry run. Their answers are prism's alone to judge.
	files := []string{"make-license-file", "fetch-license-file"}
	settings, err := json.Marshal(object{
		"version": 1, "overwrites": overwrites, "globals": object{"stripResponseExamples": true},
		"tests": object{"contractTests": []object{
			{
				"openApiOperation": "*::/*", "excludeForOperations": files, "statusSuccess": enabled, "contentType": enabled, "jsonBody": enabled,
				"schemaValidation": enabled, "headersPresent": enabled,
			},
			{"openApiOperationIds": files, "statusSuccess": enabled, "headersPresent": enabled},
		}},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return string(settings)
}

// execution is one request in newman's report.
type execution struct {
	Request struct {
		Method string `json:"method"`
	} `json:"request"`
	Response struct {
		Code   int `json:"code"`
		Stream struct {
			Data []int `json:"data"` // bytes
		} `json:"stream"`
	} `json:"response"`
	Assertions []struct {
		Name  string `json:"assertion"` // "[GET]::/v1/products/:product - Status code is 2xx"
		Error *struct {
			Message string `json:"message"`
		} `json:"error"`
	} `json:"assertions"`
}

func (e *execution) body() []byte {
	body := make([]byte, len(e.Response.Stream.Data))
	for i, value := range e.Response.Stream.Data {
		body[i] = byte(value)
	}
	return body
}

// judge reads newman's report. Each operation was asked for, and each answer is as the document says.
func judge(t *testing.T, report string, operations map[string][2]string) {
	t.Helper()
	text, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	var newman struct {
		Run struct {
			Executions []execution `json:"executions"`
		} `json:"run"`
	}
	if err := json.Unmarshal(text, &newman); err != nil {
		t.Fatal(err)
	}
	ids := map[string]string{}
	for id, operation := range operations {
		ids["["+operation[0]+"]::"+strings.NewReplacer("{", ":", "}", "").Replace(operation[1])] = id
	}
	for _, e := range newman.Run.Executions {
		if len(e.Assertions) == 0 {
			t.Errorf("a request of portman has no test: %s", e.Request.Method)
			continue
		}
		place, _, _ := strings.Cut(e.Assertions[0].Name, " - ")
		id := ids[place]
		delete(ids, place)
		if why := e.wrong(refused[id]); why != "" {
			t.Errorf("%s: %s", id, why)
		}
	}
	for place, id := range ids {
		t.Errorf("portman asks for no %s, %s", id, place)
	}
}

// wrong tells what is wrong with the answer to a request that succeeds, or that is refused with a code.
func (e *execution) wrong(refusal string) string {
	var problem struct{ Code string }
	body := e.body()
	if refusal != "" {
		if err := json.Unmarshal(body, &problem); err != nil || problem.Code != refusal {
			return "it is not refused with " + refusal + " any more: " + string(body)
		}
		return ""
	}
	for _, assertion := range e.Assertions {
		if assertion.Error != nil {
			return assertion.Name + ": " + assertion.Error.Message + "\n" + string(body[:min(len(body), 2_000)])
		}
	}
	return ""
}
