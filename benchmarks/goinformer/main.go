// Goinformer keeps all pods with client-go's dynamic informer, as most programs of this kind do.
//
//	goinformer KUBECONFIG
//
// It prints one line of JSON when the cache has synced, and then keeps it so until its standard input ends.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/tools/clientcmd"
)

func run(kubeconfig string) error {
	started := time.Now()
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	// The default of 5 requests a second is meant for controllers; pages are not to wait for it.
	config.QPS = -1
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	factory := dynamicinformer.NewDynamicSharedInformerFactory(client, 0)
	informer := factory.ForResource(schema.GroupVersionResource{Version: "v1", Resource: "pods"}).Informer()
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	synced := time.Since(started)
	err = json.NewEncoder(os.Stdout).Encode(map[string]any{
		"synced_s": synced.Seconds(),
		"objects":  len(informer.GetStore().ListKeys()),
	})
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: goinformer KUBECONFIG")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "goinformer:", err)
		os.Exit(1)
	}
}
